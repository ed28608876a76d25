-- How the time of each open case stands, as instants, and when the law's clock has to look at it again. Folded from the
-- log and the published calendar; no date is stored that another calendar would not replace.
create table deadline (
    stream      text        collate "C" primary key,
    seq         integer     not null,                   -- of the event that this was computed after
    holder      text        collate "C" not null,
    clock       text        collate "C" not null,       -- the limit that ends first
    due         timestamptz,                            -- red from here; null while it is paused
    amber       timestamptz,
    paused      boolean     not null,
    frozen      timestamptz,                            -- history from a file is seen at this instant, not now
    provisional boolean     not null,                   -- a year counted whose calendar may still move
    wake        timestamptz                             -- null: nothing will happen without another event
);
create index deadline_wake on deadline (wake) where wake is not null;
create index deadline_unknown on deadline (stream) where clock = 'unknown';   -- its item is not here yet
create index deadline_due on deadline (holder, due, stream);

-- A published or amended year moves open limits. Which cases were looked at since: all up to `upto` in their order.
create table recompute (
    calendar bytea       primary key,                   -- hash of the event
    year     integer     not null,
    pos      bigint      not null,                      -- where it is in this log
    upto     text        collate "C" not null default '',
    looked   bigint      not null default 0,
    moved    bigint      not null default 0,
    total    bigint      not null,
    begun    timestamptz not null default now(),
    done     timestamptz
);
