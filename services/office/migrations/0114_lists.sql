-- What one person has on the desk, and what nobody has: pages of a unit's open cases by key.
create index cases_desk on cases (holder, person, received_at, stream) where not closed and custody = 'held';
