-- PostgreSQL's own workers, autovacuum's among them, are nobody's service.
select current_database() as database, count(*) as connections
from pg_stat_activity
where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
