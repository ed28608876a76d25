-- Whether a case is noted to be read again from the first record of the feeds.
select exists (select from reread where stream = $1)
