-- A follower's checkpoint moves from where it was seen, and nothing else. Losing the last commits in a crash only repeats
-- them, so the commit need not wait for the disk. $5 is the hash of the row at $4, the last that it is moved past: a database
-- that forgot its last rows may have given their positions to others.
update checkpoint set pos = $2, building = case when building > $2 then building end
from (select set_config('synchronous_commit', 'off', true)) unhurried
where follower = $1 and pos = $3 and ($4::bigint is null or exists (select from log where pos = $4 and hash = $5::bytea))
returning pos
