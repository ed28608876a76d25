-- Losing the last commits in a crash only repeats them, because the offsets are lost with them: no wait for the disk.
select replica_few($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
from (select set_config('synchronous_commit', 'off', true)) unhurried
