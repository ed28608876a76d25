-- Subscribers without Kafka. The log itself is their queue: each is sent its live rows past `pos`, in their order within
-- a case. `away_since`: it has not answered since then, `tries` times; what it is sent waits in the log.
create table webhook (
    id         text        collate "C" primary key,
    url        text        not null,
    types      text[]      collate "C",                   -- of events; null: every type
    units      text[]      collate "C",                   -- whose writing or holding is told of; null: every unit's
    keyed_by   text        collate "C" not null,          -- the unit whose key its secrets are derived from
    generation integer     not null default 0,            -- of the secret
    rotated    timestamptz,
    state      text        collate "C" not null default 'active' check (state in ('active', 'paused', 'stopped')),
    made       timestamptz not null default now(),
    pos        bigint      not null,
    delivered  bigint      not null default 0,
    away_since timestamptz,
    tries      integer     not null default 0,
    next_try   timestamptz,
    problem    text
) with (fillfactor = 50);

-- What a subscriber refused, and what stands behind that of the same case (`due` null). `dead`: given up, until it is
-- replayed.
create table webhook_refused (
    webhook text        collate "C" not null references webhook on delete cascade,
    pos     bigint      not null,
    stream  text        collate "C" not null,
    tries   integer     not null,
    due     timestamptz,
    dead    timestamptz,
    problem text,
    primary key (webhook, pos)
);
create index webhook_refused_due on webhook_refused (webhook, due) where due is not null;
create index webhook_refused_stream on webhook_refused (webhook, stream, pos) where dead is null;

-- Which of a service's processes sends: until then, unless it says so again.
create table webhook_sender (
    only_row boolean     primary key default true check (only_row),
    holder   uuid        not null,
    until    timestamptz not null
) with (fillfactor = 50);
