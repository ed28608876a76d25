select pos, value, hash from log where stream = $1 and live order by seq
