-- Names and definitions of a table's indexes; `rule` where a constraint (the primary key) owns it.
select x.relname as name, pg_get_indexdef(x.oid) as definition, pg_get_constraintdef(c.oid) as rule
from pg_index i
join pg_class x on x.oid = i.indexrelid
left join pg_constraint c on c.conindid = x.oid and c.conrelid = i.indrelid and c.contype in ('p', 'u', 'x')
where i.indrelid = $1::text::regclass
order by i.indisprimary desc, x.relname
