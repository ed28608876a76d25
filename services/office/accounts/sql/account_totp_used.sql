-- True once for each step of time.
update account set totp_last = $2 where name = $1 and totp_last < $2
returning true
