delete from reread where stream = any ($1::text[]) and since < $2
