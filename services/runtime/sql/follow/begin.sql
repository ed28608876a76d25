-- Begins a follower's batch: its checkpoint, locked, and the end of the log. Losing the last commits in a crash only
-- repeats them, so the commit need not wait for the disk.
insert into checkpoint (follower, pos, building)
select $1, 0, nullif(h.pos, 0) from log_head h
on conflict (follower) do update set pos = checkpoint.pos
returning pos, building, (select h.pos from log_head h) as upto, set_config('synchronous_commit', 'off', true)
