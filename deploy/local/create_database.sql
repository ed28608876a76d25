-- a service's database: its own role owns it, no other role may connect
select format('create role %I login', :'name') where to_regrole(:'name') is null \gexec
alter role :"name" password :'password';
select format('create database %I owner %I', :'name', :'name')
 where not exists (select from pg_database where datname = :'name') \gexec
revoke all on database :"name" from public;
