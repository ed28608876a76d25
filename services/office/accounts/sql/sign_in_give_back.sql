-- Neither a failure nor a success: the wait goes only where no later try has set another one.
update account set failures = greatest(failures - 1, 0), waits_until = nullif(waits_until, $2) where name = $1
