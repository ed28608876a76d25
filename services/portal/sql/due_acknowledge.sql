-- Referrals to these holders that nobody acknowledged, in the order in which that limit ends, whatever other limit of the
-- case ends before it: each holder's first ones by the index, merged. History from a file is seen at its own instant.
select found.stream, found.holder, 'acknowledge' as clock, found.acknowledge_due as due,
       found.acknowledge_amber as amber, found.frozen, found.provisional
from unnest($1::text[]) as asked (unit)
cross join lateral (
    select d.*
    from deadline d
    where d.holder = asked.unit and d.acknowledge_due is not null
      and (d.acknowledge_due, d.stream) > ($2::timestamptz, $3::text)
      and ($4::text is null or $4 = 'red' and d.acknowledge_due <= coalesce(d.frozen, $5)
           or $4 = 'amber' and d.acknowledge_amber <= coalesce(d.frozen, $5)
              and d.acknowledge_due > coalesce(d.frozen, $5))
    order by d.acknowledge_due, d.stream
    limit $6
) found
order by found.acknowledge_due, found.stream
limit $6
