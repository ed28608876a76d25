with ended as (delete from session where account = $1 and $2)
update account set disabled = $2, failures = 0, waits_until = null where name = $1
returning name
