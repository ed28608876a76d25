-- Where this service publishes. Each of its units writes an anchor a day, so every feed is among the latest rows.
select distinct topic from log where topic is not null
