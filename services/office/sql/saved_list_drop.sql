delete from saved_list where account = $1 and name = $2
