select id, cluster, topic, partition, "offset", key, value, reason, detail, died, retried_at
from dead_letter
where id = any ($1::bigint[]) and settled_at is null
order by id
