c.holder = $1 and not c.closed and c.custody = 'held' and c.person is null and $5::text is null
