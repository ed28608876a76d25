-- A retry that failed again wrote its new reason; here the others are settled.
update dead_letter
set retried_at = now(), settled_at = case when id = any ($2::bigint[]) then null else now() end
where id = any ($1::bigint[])
