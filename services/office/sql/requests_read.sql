select stream, unit, time, type, value from log where stream = any($1::text[]) and live and seq = 1
