select stream, epoch from fence where stream = any ($1::text[])
