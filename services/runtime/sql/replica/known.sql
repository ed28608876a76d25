select hash from replica_known($1, $2) as known (hash)
