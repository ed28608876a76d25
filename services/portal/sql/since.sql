select pos, type, unit, holder, stream, time
from log
where pos > $1 and pos <= $2 and live and starts_with(type, 'sanji.case.')
order by pos
limit $3
