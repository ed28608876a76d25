-- Units that another service hosts since they moved there: this one must not write in their names until they come back.
create table unit_moved (
    unit    text collate "C" primary key,
    service text not null,
    since   timestamptz not null default now()
);
