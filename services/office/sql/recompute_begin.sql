insert into recompute (calendar, year, pos, total) values ($1, $2, $3, (select count(*) from deadline))
on conflict (calendar) do update set pos = recompute.pos
returning done
