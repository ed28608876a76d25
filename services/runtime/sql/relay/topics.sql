-- Only where a chunk has several: city and district, when reference data changes.
select topic from log where pos > $1 and pos <= $2 and topic is not null order by pos
