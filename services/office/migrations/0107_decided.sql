-- One row a decided case: whose decision, how, and whether too late. Kept beside `deadline`, since that takes the item
-- and the calendar; what is shown are its counts, differences of what the rows say (`tally`).
create table decided (
    stream      text    collate "C" primary key,
    body        text    collate "C" not null,   -- unit.department
    day         date    not null,               -- in the office
    under_grant boolean not null,
    on_the_spot boolean not null,
    overdue     boolean not null
);
-- A calendar that changes is counted by again from its first changed day on.
create index decided_day on decided (day, stream);
-- Rows of before would lack: the follower goes through all cases again.
truncate deadline;
delete from tally where view = 'deadline';
delete from checkpoint where follower = 'deadlines';
