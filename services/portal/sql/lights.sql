select key, n from tally where view = 'deadline' and name = 'light' and n <> 0
