-- Streams of requests in the log, by name: what a fresh fold begins with.
select stream from log where stream > $1 and stream < 'request0' and live and seq = 1 order by stream limit $2
