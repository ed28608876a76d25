insert into account (name, unit, department, roles, password, must_change) values ($1, $2, $3, $4, $5, $6)
on conflict (name) do nothing
returning name
