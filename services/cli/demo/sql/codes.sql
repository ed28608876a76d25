-- Receipts written here of whose query code the portal was not told yet.
select count(*)
from log l, relay r
where l.pos > r.tracked and l.topic is not null and l.type = 'sanji.case.CaseReceived.v1'
