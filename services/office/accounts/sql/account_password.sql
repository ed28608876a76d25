-- All sessions end with the old password.
with ended as (delete from session where account = $1)
update account set password = $2, must_change = $3, failures = 0, waits_until = null where name = $1
returning name
