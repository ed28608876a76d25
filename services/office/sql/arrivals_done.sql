-- A row whose request never entered the log (it was set aside) goes away with the others.
delete from request_arrival where arrival <= $1
