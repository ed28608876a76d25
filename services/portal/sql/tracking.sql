select memory_kib, passes, lanes, salt, verifier, wrapped from tracking where stream = $1
