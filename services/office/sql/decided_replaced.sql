delete from decided where stream = any($1::text[])
returning stream, body, day, under_grant, on_the_spot, overdue
