update relay set tracked = $2 where leader = $1 returning tracked
