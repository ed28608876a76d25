select name, unit, department, roles, must_change, disabled, totp is not null as totp
from account
where unit = $1 and name > $2
order by name
limit $3
