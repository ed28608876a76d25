-- First and alone, so that the snapshot of every later statement sees all that was committed under the lock. Losing
-- the last commits in a crash only repeats them, because the offsets are lost with them: no wait for the disk.
select pos, set_config('synchronous_commit', 'off', true) from log_head for update
