c.asked <> '{}' and exists (select from unnest(c.asked) a where starts_with(a, $1 || '/'))
