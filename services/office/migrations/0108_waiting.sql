-- Requests about cases, and whether the chain has an answer: what of them waits for whom. Folded from the log alone,
-- from the request's own stream and from its case's.
create table waiting (
    stream text        collate "C" primary key,         -- request/<id>
    about  text        collate "C" not null,            -- the case
    kind   text        collate "C" not null,
    asker  text        collate "C" not null,            -- the unit that asks, or the portal
    at     timestamptz not null,                        -- when it asked
    holder text        collate "C",                     -- who has to answer; null while the case is not here
    waits  boolean     not null                         -- no event of the live chain names it
);
create index waiting_about on waiting (about);
-- A unit's pages, longest waiting first. What is answered is in no page, however much there ever was.
create index waiting_page on waiting (holder, at, stream) where waits;
