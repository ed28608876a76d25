delete from session where secret = $1
