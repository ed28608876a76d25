-- From which position on at most so many events are left to be replayed.
select pos
from log
where pos > $1 and pos <= $2 and live and starts_with(type, 'sanji.case.')
order by pos desc
offset $3
limit 1
