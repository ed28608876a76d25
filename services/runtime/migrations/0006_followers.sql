-- How far each follower of the log has come. A view's rows and its checkpoint change in one transaction.
create table checkpoint (
    follower text   collate "C" primary key,
    pos      bigint not null
) with (fillfactor = 10);

-- Counts over the rows of a view, kept as differences of what its rows said before and after a batch.
create table tally (
    view text   collate "C" not null,
    name text   collate "C" not null,
    key  text   collate "C" not null,
    n    bigint not null,
    primary key (view, name, key)
);
