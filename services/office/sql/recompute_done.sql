update recompute set done = now() where calendar = $1 returning looked, moved, total, recounted
