update relay set pos = $3 where leader = $1 and cluster = $2 and pos <= $3 returning pos
