delete from track_try where at < now() - interval '1 hour'
