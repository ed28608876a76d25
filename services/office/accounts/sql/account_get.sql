select name, unit, department, roles, password, must_change, disabled, totp, failures, waits_until
from account
where name = $1
