-- Concluded cases by item: `<item>/spot` at the window, on the spot, `<item>/later` otherwise.
select key, n from tally where view = 'cases' and name = 'on_the_spot' and n <> 0
