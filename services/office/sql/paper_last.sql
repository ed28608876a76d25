-- The last serial of series $1 that this database gave out.
select coalesce(max(p.serial), 0) from paper_number p where p.series = $1
