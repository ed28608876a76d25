insert into request_arrival (stream, hops) select stream, hops from unnest($1::text[], $2::integer[]) as given (stream, hops)
