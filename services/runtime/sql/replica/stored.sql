-- The new head of the log and how far the partitions were read, in the transaction of the rows (protocol B1). Answers
-- with the offsets as they were: a database that crashed may have forgotten its last commits.
with head as (
    update log_head set pos = $1 where pos < $1
)
insert into read_offset (topic, partition, next_offset, cluster)
select topic, partition, next_offset, $5 from unnest($2::text[], $3::integer[], $4::bigint[])
    as given (topic, partition, next_offset)
on conflict (topic, partition) do update
set next_offset = case when read_offset.cluster = excluded.cluster
                       then greatest(read_offset.next_offset, excluded.next_offset)
                       else excluded.next_offset end,
    cluster = excluded.cluster
returning topic, partition, case when old.cluster = $5 then old.next_offset end as before
