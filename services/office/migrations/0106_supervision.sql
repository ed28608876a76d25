-- One row a supervision order, folded from the log alone. No due day: it is derived from the published calendar, so that
-- an amended one touches no row. Of orders of equally many days those given first end first: hence the indexes.
create table supervision (
    stream      text        collate "C" primary key,   -- supervision/<id>
    seq         integer     not null,
    epoch       integer     not null,
    number      text        collate "C" not null,      -- of the case
    orderer     text        collate "C" not null,
    ordered     text        collate "C" not null,      -- the unit that is to answer
    reason      text        collate "C" not null,
    days        integer     not null,                  -- working days to answer in
    given_on    date        not null,                  -- local to the offices
    given_at    timestamptz not null,
    answered_at timestamptz,
    request     text        collate "C"                -- that brought the answer
);
create index supervision_given on supervision (orderer, days, given_on, stream) where answered_at is null;
create index supervision_received on supervision (ordered, days, given_on, stream) where answered_at is null;
create index supervision_given_answered on supervision (orderer, answered_at, stream) where answered_at is not null;
create index supervision_received_answered on supervision (ordered, answered_at, stream) where answered_at is not null;
create index supervision_case on supervision (number);
