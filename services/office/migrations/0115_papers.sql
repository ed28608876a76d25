-- Papers that this service shall have, by case and SHA-256. One that has no `due` is here; any other is looked for when
-- it is due: in the tray, then at the offices that had the case before.
create table paper (
    stream text        collate "C" not null,
    digest text        collate "C" not null,
    due    timestamptz,
    tries  integer     not null default 0,
    why    text        collate "C",                    -- it did not come at the last try
    primary key (stream, digest)
);
create index paper_due on paper (due) where due is not null;

-- Scans that were handed in and whose case is not written yet, sealed under the unit's key; kept for some days.
create table paper_tray (
    unit   text        collate "C" not null,
    digest text        collate "C" not null,
    person text        collate "C" not null,
    since  timestamptz not null default now(),
    primary key (unit, digest)
);
create index paper_tray_digest on paper_tray (digest);
create index paper_tray_since on paper_tray (since);
