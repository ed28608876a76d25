select stream, item, phase, outcome, closed, receiver, holder, custody, arrived, path, passes, steps, consultations,
       answers, suspensions, accepted_by, imported, received_at, closed_at, last_at
from cases
where stream > $1
order by stream
limit $2
