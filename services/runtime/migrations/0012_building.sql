-- Where the log ended when the follower began; null once it is past that. Until then what it keeps is not whole.
alter table checkpoint add column building bigint;
