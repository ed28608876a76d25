update checkpoint set pos = $2 where follower = $1
