select relay_follow($1, $2, $3, $4)
