-- One that is not over, of an account that may sign in; `seen` moves once a minute at the most.
with found as (
    select s.secret, s.csrf, s.seen, a.name, a.unit, a.department, a.roles, a.must_change, a.totp is not null as totp
    from session s
    join account a on a.name = s.account
    where s.secret = $1 and s.ends > $2 and s.seen > $3 and not a.disabled
), moved as (
    update session set seen = $2 from found where session.secret = found.secret and found.seen < $2 - interval '1 minute'
)
select csrf, name, unit, department, roles, must_change, totp from found
