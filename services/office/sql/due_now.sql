select stream from deadline where wake <= $1 order by wake limit $2
