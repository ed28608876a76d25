select key, n from tally where view = 'cases' and name = 'phase' and starts_with(key, $1) and n <> 0 order by key
