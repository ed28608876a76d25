-- The last serial of series $1 in the records of unit $2, superseded ones too: the outside may have seen the paper.
select coalesce(max(split_part(n.number, '-', 2)::integer), 0)
from log l
cross join lateral (select convert_from(l.value, 'UTF8')::json #>> '{data,number}' as number) n
where l.type in ('sanji.case.NoticeIssued.v1', 'sanji.case.CertificateIssued.v1')
  and l.unit = $2 and starts_with(n.number, $1 || '-')
