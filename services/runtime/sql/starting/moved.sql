select unit, service, since from unit_moved where unit = any($1::text[]) order by unit
