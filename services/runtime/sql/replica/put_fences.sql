insert into fence (stream, epoch)
select stream, epoch from unnest($1::text[], $2::integer[]) as given (stream, epoch)
on conflict (stream) do update set epoch = greatest(fence.epoch, excluded.epoch)
