select digest, due is null as here, why from paper where stream = $1
