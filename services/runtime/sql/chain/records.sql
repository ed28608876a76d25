select stream, seq, value from log
where live and (stream, seq) > ($1, $2) and ($3::text is null or stream <= $3)
order by stream, seq
limit $4
