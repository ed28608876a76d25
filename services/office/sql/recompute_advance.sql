update recompute set upto = $2, looked = looked + $3, moved = moved + $4 where calendar = $1
