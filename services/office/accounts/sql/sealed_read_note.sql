insert into sealed_read (person, unit, number, why, texts) values ($1, $2, $3, $4, $5)
