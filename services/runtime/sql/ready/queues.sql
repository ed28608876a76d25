-- What waits or was set aside; bounded, because it only tells whether and roughly how much.
select
    (select count(*) from (select from parked limit 10001) q) as parked,
    (select count(*) from (select from staged limit 10001) q) as staged,
    (select count(*) from (select from quarantined limit 10001) q) as quarantined,
    (select count(*) from (select from dead_letter where settled_at is null limit 10001) q) as dead,
    (select count(*) from (select from request_arrival limit 10001) q) as arrivals,
    (select count(*) from (select from relay_due limit 10001) q) as due,
    (select pos from log_head) as log
