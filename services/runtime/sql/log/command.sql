-- Superseded rows too: the key of a superseded act must answer for it (protocol K2).
select pos, stream, seq, hash, mac, live from log
where substr(command, 1, 8) = substr($1::bytea, 1, 8) and command = $1
order by pos
