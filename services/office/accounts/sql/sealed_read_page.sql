select id, at, person, number, why, texts from sealed_read where unit = $1 and id < $2 order by id desc limit $3
