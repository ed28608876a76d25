-- Before it is made. What counts no more goes, of every address; two that clean up at once do not wait for each other.
with old as (
    delete from sign_in_failure
    where ctid in (select ctid from sign_in_failure where at <= $3 for update skip locked)
)
insert into sign_in_failure (address, at) values ($1, $2)
