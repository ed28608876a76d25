select r.stream, r.asked from relay_request r where r.stream = any($1::text[])
