-- For each stream in which these units wrote before an instant: how much, and the hash of the last of it. In the order of
-- the live index, so that it streams over a cursor and nothing is sorted but the few rows of one stream.
select l.stream, l.unit, count(*) as events, (array_agg(l.hash order by l.seq desc))[1] as head
from log l
where l.live and l.unit = any ($1::text[]) and l.recorded < $2
group by l.stream, l.unit
order by l.stream, l.unit
