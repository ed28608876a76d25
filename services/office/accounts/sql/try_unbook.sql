-- One of those of this instant, whichever: they are all alike.
delete from sign_in_failure
where ctid in (select ctid from sign_in_failure where address = $1 and at = $2 limit 1 for update skip locked)
