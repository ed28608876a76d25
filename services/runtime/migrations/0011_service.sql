-- Which service this database belongs to: one that is given another's by mistake does not start.
create table service (
    only_row boolean primary key default true check (only_row),
    name     text not null,
    since    timestamptz not null default now()
);
