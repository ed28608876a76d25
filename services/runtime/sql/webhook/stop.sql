update webhook set state = 'stopped', problem = $2 where id = $1 and state = 'active'
