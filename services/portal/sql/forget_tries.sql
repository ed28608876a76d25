-- Who brought the right code did not guess before.
delete from track_try where stream = $1 and address = $2
