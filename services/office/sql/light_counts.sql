select key, n from tally where view = $1 and name = 'light' and n <> 0
