-- Nobody wrote a case with them in all this time, or it has them; one that a case still waits for stays.
delete from paper_tray t
where (t.unit, t.digest) in (
    select o.unit, o.digest from paper_tray o
    where o.since < now() - $1::interval and not exists (
        select from paper p where p.digest = o.digest and p.due is not null
    )
    order by o.since limit $2
)
returning t.unit, t.digest
