-- What there is to be looked at now, nearly always nothing: one probe of an index a kind.
select k.kind
from unnest(array['own_key', 'pass', 'request', 'key', 'consultation', 'order']) as k (kind)
where exists (select from relay_due d where d.kind = k.kind and d.due <= now())
union all
select 'key_wanted' where exists (select from key_wanted)
