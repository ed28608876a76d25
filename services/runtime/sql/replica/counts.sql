-- What should be nothing at rest.
select (select count(*) from parked) as parked,
       (select count(*) from staged) as staged,
       (select count(*) from quarantined) as quarantined,
       (select count(*) from dead_letter where settled_at is null) as dead,
       (select count(*) from reread) as reread
