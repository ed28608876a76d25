with old as (delete from session where ends <= $4)
insert into session (secret, account, csrf, seen, ends) values ($1, $2, $3, $4, $5)
