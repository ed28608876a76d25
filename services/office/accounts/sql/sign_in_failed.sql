-- After the fifth failure in a row each one doubles the wait, from a second to a quarter of an hour.
with booked as (insert into sign_in_failure (address, at) values ($2, $3))
update account
set failures = failures + 1,
    waits_until = case when failures >= 4 then $3 + least(power(2, least(failures - 4, 12)), 900) * interval '1 second' end
where name = $1
