c.stream in (select s.number from supervision s where s.ordered = $1 and s.answered_at is null)
