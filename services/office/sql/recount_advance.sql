update recompute set recount_day = $2, recount_upto = $3, recounted = recounted + $4 where calendar = $1
