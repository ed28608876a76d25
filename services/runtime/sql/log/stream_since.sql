-- The row at seq $2 comes first, so that the reader sees by its hash whether what it knows is still live.
select pos, value, hash from log where stream = $1 and live and seq >= $2 order by seq
