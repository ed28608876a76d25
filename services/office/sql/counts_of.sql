select key, n from tally where view = $1 and name = $2 and n <> 0
