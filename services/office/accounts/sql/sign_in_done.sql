with forgotten as (delete from sign_in_failure where address = $2)
update account set failures = 0, waits_until = null, password = coalesce($3, password) where name = $1
