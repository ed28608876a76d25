-- On another cluster everything is published again from 0, and derived again (protocol B1).
update relay
set pos = case when cluster = $2 then pos else 0 end,
    followed = case when cluster = $2 then followed else 0 end,
    tracked = case when cluster = $2 then tracked else 0 end,
    cluster = $2
where leader = $1
returning pos, followed, tracked
