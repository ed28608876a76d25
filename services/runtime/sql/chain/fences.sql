-- The fences that are known of these streams, whoever wrote in them.
select stream, epoch from fence where stream = any ($1::text[]) order by stream
