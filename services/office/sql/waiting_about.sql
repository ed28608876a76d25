select stream, about, kind, asker, at, holder, waits from waiting where about = any($1::text[]) order by at, stream
