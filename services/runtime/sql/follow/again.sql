-- Locks it, so that no batch under way writes into what is emptied.
insert into checkpoint (follower, pos, building)
select $1, 0, nullif(h.pos, 0) from log_head h
on conflict (follower) do update set pos = 0, building = excluded.building
