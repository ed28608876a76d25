select stream, seq, holder, clock, due, amber, paused, frozen, provisional, wake from deadline
where stream = any($1::text[])
