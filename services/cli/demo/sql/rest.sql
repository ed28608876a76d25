-- How far everything in this service is, and what still waits. Copied rows are passed over by the relay in its own time.
select
    (select pos from log_head) as log,
    (select count(*) from (
        select from log l, relay r where l.pos > r.pos and l.topic is not null limit 10001
    ) q) as unpublished,
    (select count(*) from relay_due) as to_inboxes,
    (select count(*) from request_arrival) as requests,
    (select count(*) from reread) as to_read_again,
    (select coalesce(min(pos), 0) from checkpoint) as followed
