select stream, seq, value from log where live and (stream, seq) > ($1, $2) order by stream, seq limit $3
