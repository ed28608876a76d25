-- What lost against an assumed custody, in the order in which this log learnt of it.
select value, hash, superseded_at from log where stream = $1 and not live order by pos
