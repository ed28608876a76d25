-- Which departments are still to answer what they were asked about a case: unit/consultation.
alter table cases add column asked text[] collate "C" not null default '{}';
create index cases_asked on cases (received_at, stream) where asked <> '{}';
