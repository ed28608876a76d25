select stream from cases where stream > $1 order by stream limit $2
