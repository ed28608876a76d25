-- How many failed from this address since then; what is older counts no more.
with old as (delete from sign_in_failure where address = $1 and at <= $2)
select count(*) from (select from sign_in_failure where address = $1 and at > $2 limit $3) counted
