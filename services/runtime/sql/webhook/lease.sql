insert into webhook_sender (holder, until) values ($1, now() + make_interval(secs => $2))
on conflict (only_row) do update set holder = excluded.holder, until = excluded.until
where webhook_sender.holder = excluded.holder or webhook_sender.until < now()
returning true
