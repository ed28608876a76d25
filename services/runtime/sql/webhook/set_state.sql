-- Paused, or active again: then it is tried at once.
update webhook set state = $2, away_since = null, tries = 0, next_try = null, problem = null where id = $1 returning id
