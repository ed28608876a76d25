-- Nothing where the password was changed or the account disabled meanwhile.
update account set failures = 0, waits_until = null, password = coalesce($3, password)
where name = $1 and password = $2 and not disabled
returning true
