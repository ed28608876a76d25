-- The log is the outbox and the inbox. One table: what this service wrote and what it copied from others.

-- A single row. Whoever appends locks it first, so commit order is position order, positions have no gaps, and a
-- reader at `pos` can never have skipped anything. Fillfactor: every append updates it in place (HOT).
create table log_head (
    only_row boolean primary key default true check (only_row),
    pos      bigint  not null
) with (fillfactor = 10);
insert into log_head (pos) values (0);

create table log (
    pos           bigint      not null,
    stream        text        collate "C" not null,
    seq           integer     not null,
    epoch         integer     not null,
    term          integer     not null,
    holder        text        collate "C" not null,
    type          text        collate "C" not null,
    unit          text        collate "C" not null,
    actor         text        collate "C" not null,
    time          timestamptz not null,                  -- when it happened
    recorded      timestamptz not null,                  -- when the first log took it
    command       bytea       not null,
    value         bytea       not null,                  -- the record: the very bytes that are hashed and sent
    prev          bytea,
    hash          bytea       not null,
    topic         text        collate "C",               -- where it is published from here; null for copies
    mac           bytea,                                 -- HMAC of route and body of the first request; null for copies
    live          boolean     not null default true,
    kept          timestamptz not null default now(),    -- when this copy took it …
    superseded_at timestamptz,                           -- … and lost it
    primary key (pos)
);
alter table log alter column value set storage external;
create unique index log_live on log (stream, seq) where live;
-- A record is looked for in its stream: an index of hashes alone has no neighbours, and with ten million records each new
-- one touches a page of it that none touched since the last checkpoint, which PostgreSQL then writes whole to its own log.
create unique index log_stream on log (stream, hash);
-- A command may come again without its stream. Eight of its bytes tell it from others and halve the pages.
create index log_command on log (substr(command, 1, 8));

-- Epochs of assumed custody that were read of, whether the case is followed here or not (protocol I3).
create table fence (
    stream text    collate "C" primary key,
    epoch  integer not null
);
