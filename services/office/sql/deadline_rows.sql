select stream, seq, holder, clock, due, amber, paused, frozen, provisional, wake,
       acknowledge_due, acknowledge_amber
from deadline
where stream = any($1::text[])
