-- Receipts from $1 to $2 at the positions past $3, all of one unit. $4 is the record of a receipt, $5 its case, $6 its unit,
-- $7 its command in hex, $8 its type; the records are what `build` makes, so chains of them hold.
insert into log (pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, hash)
select $3::bigint + n, s.stream, 1, 0, 0, $6, $8, $6, 'A01', $9, $9, c.command, r.value, sha256(r.value)
from generate_series($1::bigint, $2::bigint) n
cross join lateral (select $6 || '-20261101-' || lpad(n::text, 8, '0') as stream) s
cross join lateral (select sha256(convert_to(s.stream, 'UTF8')) as command) c
cross join lateral (
    select convert_to(replace(replace($4, $5, s.stream), $7, encode(c.command, 'hex')), 'UTF8') as value
) r
