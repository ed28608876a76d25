c.holder = $1 and not c.closed and c.custody = 'offered'
