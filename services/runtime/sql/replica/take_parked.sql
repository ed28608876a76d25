delete from parked where hash = any ($1::bytea[])
returning stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, prev, hash, topic
