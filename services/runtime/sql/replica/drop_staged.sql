-- Their inbox has forgotten them too; a handover that still matters is sent again, chain and all.
delete from staged where kept < now() - make_interval(days => $1)
