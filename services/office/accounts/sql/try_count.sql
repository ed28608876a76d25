select count(*) from sign_in_failure where address = $1 and at > $2
