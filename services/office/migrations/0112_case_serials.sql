-- Serials that several processes of a service give out to each other's exclusion, from the first collision of a unit's day
-- on: what each has reserved lies below. One process alone needs no row here.
create table case_serial (
    prefix   text collate "C" primary key,   -- unit and local day
    reserved bigint not null
) with (fillfactor = 50);
