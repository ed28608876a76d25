-- Receipts from $1 to $2: cases of 64 units, each with one event. $3 is the record of a receipt, $4 its case, $5 its unit,
-- $6 its command in hex, $7 its type; the records are what `build` makes, so chains of them hold.
insert into log (pos, stream, seq, epoch, term, holder, type, unit, actor, time, recorded, command, value, hash)
select n, s.stream, 1, 0, 0, s.unit, $7, s.unit, 'A01', $8, $8, c.command, r.value, sha256(r.value)
from generate_series($1::bigint, $2::bigint) n
cross join lateral (select (340405100 + n % 64)::text as unit) u
cross join lateral (select u.unit, u.unit || '-20261101-' || lpad(n::text, 8, '0') as stream) s
cross join lateral (select sha256(convert_to(s.stream, 'UTF8')) as command) c
cross join lateral (
    select convert_to(
        replace(replace(replace($3, $4, s.stream), '"' || $5 || '"', '"' || s.unit || '"'), $6, encode(c.command, 'hex')),
        'UTF8'
    ) as value
) r
