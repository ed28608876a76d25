select name, key, n from tally where view = 'deadline' and n <> 0
