-- Who may sign in at this service's pages. Staff numbers and roles, nothing of the person; passwords as argon2id.
create table account (
    name        text        collate "C" primary key,   -- the staff number that events carry
    unit        text        collate "C" not null,
    department  text        collate "C",
    roles       text[]      collate "C" not null,
    password    text        not null,
    must_change boolean     not null,                  -- it was given, not chosen
    disabled    boolean     not null default false,
    totp        bytea,                                 -- the authenticator's secret, sealed under the unit's key
    totp_last   bigint      not null default 0,        -- the last step of time whose code was used: once each
    failures    integer     not null default 0,
    waits_until timestamptz,
    made        timestamptz not null default now()
);
create index account_unit on account (unit, name);

create table session (
    secret  bytea       primary key,                   -- SHA-256 of what the browser keeps
    account text        collate "C" not null references account on delete cascade,
    csrf    text        not null,
    seen    timestamptz not null,
    ends    timestamptz not null
);
create index session_account on session (account);
create index session_ends on session (ends);

-- Sign-ins that failed, by a digest of the address, for as long as they count.
create table sign_in_failure (
    address bytea       not null,
    at      timestamptz not null
);
create index sign_in_failure_at on sign_in_failure (address, at);

-- Who read what lay sealed, of which case and why.
create table sealed_read (
    id     bigint      generated always as identity primary key,
    at     timestamptz not null default now(),
    person text        collate "C" not null,
    unit   text        collate "C" not null,
    number text        collate "C" not null,
    why    text        collate "C" not null,
    texts  text[]      collate "C" not null
);
create index sealed_read_unit on sealed_read (unit, id);
