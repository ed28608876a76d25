-- A unit's open cases of one item, oldest first, by key; and which items it has.
create index cases_item on cases (holder, item, received_at, stream) where not closed;

-- Lists that a person narrowed and gave a name: what is in their address, without the page.
create table saved_list (
    account text        collate "C" not null references account on delete cascade,
    name    text        collate "C" not null,
    list    text        collate "C" not null,
    light   text        collate "C",
    item    text        collate "C",
    saved   timestamptz not null default now(),
    primary key (account, name)
);
