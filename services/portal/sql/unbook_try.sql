delete from track_try where id = $1
