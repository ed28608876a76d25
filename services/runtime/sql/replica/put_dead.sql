insert into dead_letter (cluster, topic, partition, "offset", key, value, reason, detail)
select $1, topic, partition, at, key, value, reason, detail
from unnest($2::text[], $3::integer[], $4::bigint[], $5::bytea[], $6::bytea[], $7::text[], $8::text[])
    as given (topic, partition, at, key, value, reason, detail)
on conflict (cluster, topic, partition, "offset") do update
set reason = excluded.reason, detail = excluded.detail, settled_at = null
