insert into track_try (stream, address) values ($1, $2) returning id
