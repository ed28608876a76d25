-- Whether another session of this database holds the lock of which each process of a service has a share.
select count(*) > 1
from pg_locks
where locktype = 'advisory' and classid = 0 and objid = $1::bigint::oid and objsubid = 1 and granted
  and database = (select oid from pg_database where datname = current_database())
