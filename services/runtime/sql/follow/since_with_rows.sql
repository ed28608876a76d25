-- As since.sql, with the rows that the view has of these streams, as of the same instant: one round trip for both.
select since.*, (select array_agg(kept) from {table} kept where kept.stream = any (since.streams)) as kept
from (
{since}
) since
