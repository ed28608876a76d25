update account set totp = $2, totp_last = 0 where name = $1
returning name
