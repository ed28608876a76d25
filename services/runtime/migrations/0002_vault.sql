-- The vault: the only tables in which something about a citizen can be opened, and only with the unit's
-- key file, which is never in a database. A dump without that file opens nothing.

-- The case key, wrapped under the wrapping key of the unit that holds or held the case.
create table vault_key (
    stream  text collate "C" not null,
    unit    text collate "C" not null,
    wrapped bytea not null,
    kept    timestamptz not null default now(),
    primary key (stream, unit)
);

-- HMAC of the document number under a key of the unit: finds the same person's cases, tells nobody the number.
create table vault_blind (
    unit   text collate "C" not null,
    blind  bytea not null,
    stream text collate "C" not null,
    primary key (unit, blind, stream)
);
create index vault_blind_stream on vault_blind (stream);

-- The query code, wrapped for the unit that received the case; and, once it was made beside the relay, what the
-- portal gets. It is made once and kept, because a replaced portal must get the same again.
create table vault_citizen (
    stream     text collate "C" primary key,
    unit       text collate "C" not null,
    code       bytea not null,
    memory_kib integer,
    passes     integer,
    lanes      integer,
    salt       bytea,
    verifier   bytea,
    wrapped    bytea,
    made_at    timestamptz,
    check (num_nulls(memory_kib, passes, lanes, salt, verifier, wrapped, made_at) in (0, 7))
);
create index vault_citizen_to_make on vault_citizen (stream) where made_at is null;

-- Cases that were forgotten. A key that comes again, from an inbox or an earlier holder, is not kept.
create table vault_forgotten (
    stream       text collate "C" primary key,
    forgotten_at timestamptz not null default now()
);
