-- Open orders by unit, working days and day: of the side $1 (given, received) those whose key begins with $2.
select key, n from tally where view = 'supervision' and name = $1 and starts_with(key, $2) and n <> 0
