-- What lost against an assumed custody, by case: a testimony and the case's own page look for it, and it is rare.
create index log_superseded on log (stream, pos) where not live;
