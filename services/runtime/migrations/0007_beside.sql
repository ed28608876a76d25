-- The streams beside cases are few; who reads them all at start must not pass by every case event.
create index log_beside on log (pos) where live and strpos(stream, '/') > 0;
