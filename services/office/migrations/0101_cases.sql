-- One row a case, folded from the log alone. Nothing personal: codes, units, staff numbers, instants.
create table cases (
    stream       text        collate "C" primary key,   -- the case number
    seq          integer     not null,
    epoch        integer     not null,
    term         integer     not null,
    item         text        collate "C" not null,
    item_version integer     not null,
    channel      text        collate "C" not null,
    imported     boolean     not null,
    receiver     text        collate "C" not null,      -- the unit that received it
    phase        text        collate "C" not null,
    outcome      text        collate "C",
    closed       boolean     not null,
    holder       text        collate "C" not null,      -- who may write the next event
    custody      text        collate "C" not null,      -- held, offered
    sender       text        collate "C",               -- who passed it on last
    arrived      boolean     not null,                  -- false: in transit
    person       text        collate "C",               -- who works on it
    clock        text        collate "C" not null,
    steps        integer     not null,                  -- completed
    accepted_by  text        collate "C",
    path         text[]      collate "C" not null,      -- the units that held it, in order
    passes       text[]      collate "C" not null,      -- how it got from each to the next
    received_at  timestamptz not null,
    closed_at    timestamptz,
    last_at      timestamptz not null,
    last_type    text        collate "C" not null
);
-- Worklist and inbox pages: a unit's open cases, oldest first, by key.
create index cases_worklist on cases (holder, closed, received_at, stream);
-- What a unit passed on and nobody has acknowledged yet.
create index cases_sent on cases (sender, received_at, stream) where custody = 'offered' or not arrived;
create index cases_latest on cases (last_at desc, stream);
