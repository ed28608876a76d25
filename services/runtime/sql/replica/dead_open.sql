select id, cluster, topic, partition, "offset", key, value, reason, detail, died, retried_at
from dead_letter
where settled_at is null and id > $1
order by id
limit $2
