select recount_day as day, recount_upto as upto, recounted, recount_total as total from recompute where calendar = $1
