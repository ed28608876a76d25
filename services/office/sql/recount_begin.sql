-- One that was cut short goes on where it ended.
update recompute
set recount_day = $2, recount_total = (select count(*) from decided where day >= $2)
where calendar = $1 and recount_day is null
