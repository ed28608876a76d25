-- When the limit to acknowledge a referral ends, and from when it is amber; null unless a case that arrived waits for it.
-- `clock` names the limit that ends first: a referral that lies there with a case that is late anyhow is told by these.
alter table deadline add column acknowledge_due timestamptz;
alter table deadline add column acknowledge_amber timestamptz;
create index deadline_acknowledge on deadline (holder, acknowledge_due, stream) where acknowledge_due is not null;
-- Rows of before would lack them: the follower goes through all cases again.
truncate deadline;
delete from tally where view = 'deadline';
delete from checkpoint where follower = 'deadlines';
