-- Copies of what these units wrote are their service's own now: it publishes them again on another Kafka (protocol B1).
update log
set topic = case when split_part(stream, '/', 1) = any($2::text[]) and strpos(stream, '/') > 0 then $3 else $4 end
where unit = any($1::text[]) and topic is null
