-- Open cases of these holders in the order in which their first limit ends: each holder's first ones by the index, merged.
-- History from a file is seen at its own instant.
select found.stream, found.holder, found.clock, found.due, found.amber, found.frozen, found.provisional
from unnest($1::text[]) as asked (unit)
cross join lateral (
    select d.*
    from deadline d
    where d.holder = asked.unit and d.due is not null and (d.due, d.stream) > ($2::timestamptz, $3::text)
      and ($4::text is null or d.clock = $4)
      and ($5::text is null or $5 = 'red' and d.due <= coalesce(d.frozen, $6)
           or $5 = 'amber' and d.amber <= coalesce(d.frozen, $6) and d.due > coalesce(d.frozen, $6))
    order by d.due, d.stream
    limit $7
) found
order by found.due, found.stream
limit $7
