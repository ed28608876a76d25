-- Decided cases are counted again after the open ones were looked at, from the first day that changed on. Which were
-- since: all up to (`recount_day`, `recount_upto`) in the order of days.
alter table recompute add column recount_day date;      -- null: not begun, or nothing to count again
alter table recompute add column recount_upto text collate "C" not null default '';
alter table recompute add column recount_total bigint not null default 0;
alter table recompute add column recounted bigint not null default 0;
