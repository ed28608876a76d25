insert into checkpoint (follower, pos) values ($1, 0)
on conflict (follower) do update set pos = checkpoint.pos
returning pos
