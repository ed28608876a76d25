select name, list, light, item from saved_list where account = $1 order by saved, name
