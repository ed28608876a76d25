-- The counts and the position they stand for, in one statement and so in one snapshot.
select c.pos, t.name, t.key, t.n
from checkpoint c
left join tally t on t.view = c.follower and t.n <> 0
where c.follower = 'cases'
