select leader from relay where leader = $1
