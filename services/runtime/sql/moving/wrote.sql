-- What these units wrote here: where it is published, and how much of it is not published yet. Copies have no topic.
select l.unit, array_agg(distinct l.topic) as topics, count(*) filter (where l.pos > r.pos) as unpublished
from log l cross join relay r
where l.unit = any($1::text[]) and l.topic is not null
group by l.unit
