-- Receipts of own units past `$1` in the next `$2` positions; their values are not read.
select l.stream, l.unit, l.pos
from log l
where l.pos > $1 and l.pos <= $2 and l.topic is not null and l.unit = any($3)
    and l.type = 'sanji.case.CaseReceived.v1'
order by l.pos
limit $4
