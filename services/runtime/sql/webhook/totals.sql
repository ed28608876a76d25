-- For the alarm: subscribers that are away or were stopped, and rows that were given up (bounded).
select (select count(*) from webhook where away_since is not null or state = 'stopped') as away,
       (select count(*) from (select from webhook_refused where dead is not null limit 10001) q) as dead
