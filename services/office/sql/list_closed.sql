c.holder = $1 and c.closed and c.custody = 'held'
