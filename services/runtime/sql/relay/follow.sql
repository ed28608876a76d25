-- A lost commit only repeats: it need not wait for the disk.
select relay_follow($1, $2, $3, $4)
from (select set_config('synchronous_commit', 'off', true)) unhurried
