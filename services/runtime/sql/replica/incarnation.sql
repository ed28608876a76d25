select i.id, h.pos from incarnation i cross join log_head h
