update checkpoint set pos = $2, building = case when building > $2 then building end where follower = $1
