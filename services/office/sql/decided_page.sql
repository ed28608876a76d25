select stream, day from decided where (day, stream) > ($1, $2) order by day, stream limit $3
