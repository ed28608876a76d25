-- How often other bodies were asked about a case, how many of them answered, and how often its time was stopped.
alter table cases add column consultations integer not null default 0;
alter table cases add column answers integer not null default 0;
alter table cases add column suspensions integer not null default 0;
-- The view is folded from the log alone, so it is folded again: rows of before would not know.
truncate cases;
delete from tally where view = 'cases';
delete from checkpoint where follower = 'cases';
