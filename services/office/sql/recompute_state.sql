select upto, looked, total from recompute where calendar = $1
