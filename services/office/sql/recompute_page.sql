select stream from deadline where stream > $1 order by stream limit $2
