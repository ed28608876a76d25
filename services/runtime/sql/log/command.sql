-- Superseded rows too: the key of a superseded act must answer for it (protocol K2).
select pos, stream, seq, hash, mac, live from log where command = $1 order by pos
