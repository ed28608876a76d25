select kept from log where pos = $1
