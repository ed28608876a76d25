select stream
from vault_blind
where unit = $1 and blind = $2
order by stream
