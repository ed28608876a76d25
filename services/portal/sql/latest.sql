select pos, type, unit, holder, stream, time
from log
where pos < $1 and live and starts_with(type, 'sanji.case.')
order by pos desc
limit $2
