-- What was set aside: nothing, when all went well.
select
    (select count(*) from parked) as parked,
    (select count(*) from dead_letter where settled_at is null) as dead,
    (select count(*) from quarantined) as quarantined
