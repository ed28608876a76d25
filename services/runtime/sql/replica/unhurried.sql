-- As in lock.sql, where nothing is inserted.
select set_config('synchronous_commit', 'off', true)
