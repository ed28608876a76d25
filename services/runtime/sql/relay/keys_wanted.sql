select stream, unit from key_wanted order by stream, unit limit $1
