-- What the portal got for each case to be opened by its query code, and only while a citizen brings that code:
-- argon2id cost and salt, SHA-256 of the verifier, the case key wrapped under the code. Nothing here opens anything.
create table tracking (
    stream     text    collate "C" primary key,
    memory_kib integer not null,
    passes     integer not null,
    lanes      integer not null,
    salt       bytea   not null,
    verifier   bytea   not null,
    wrapped    bytea   not null
);

-- Wrong tries at a case's code, one row each, and tries under way; gone after an hour. Numbers that do not exist are
-- counted like those that do. An address is kept as a keyed digest only.
create table track_try (
    id      bigint      generated always as identity primary key,
    stream  text        collate "C" not null,
    address bytea       not null,
    at      timestamptz not null default now()
);
create index track_try_stream on track_try (stream, at);
create index track_try_address on track_try (address, at);
create index track_try_at on track_try (at);

-- The key of those digests: two random UUIDs, 244 random bits, made once a database.
create table track_address_key (
    only_row boolean primary key default true check (only_row),
    key      bytea   not null
);
insert into track_address_key (key) values (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
