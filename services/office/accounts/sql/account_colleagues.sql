select name
from account
where unit = $1 and not disabled
order by name
limit $2
