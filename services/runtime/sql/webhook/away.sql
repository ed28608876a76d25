-- A subscriber did not answer: tried again after so many seconds; stopped when it has been away for longer than $4.
update webhook
set tries = tries + 1, away_since = coalesce(away_since, now()), next_try = now() + make_interval(secs => $2),
    problem = $3,
    state = case when state = 'active' and coalesce(away_since, now()) < now() - make_interval(secs => $4)
                 then 'stopped' else state end
where id = $1
returning state, away_since
