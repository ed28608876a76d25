-- Counted as a failure before it is made; nothing where it has to wait. After the fifth in a row each one doubles the
-- wait, from a second to a quarter of an hour.
update account
set failures = failures + 1,
    waits_until = case when failures >= 4 then $2 + least(power(2, least(failures - 4, 12)), 900) * interval '1 second' end
where name = $1 and (waits_until is null or waits_until <= $2)
returning name, unit, password, disabled, totp, waits_until
