select stream, pos, seq, epoch, term, unit, holder, type, hash, prev, value from relay_chains($1)
