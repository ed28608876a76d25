select hash, seq, pos from log where stream = $1 and live order by seq desc limit 1
