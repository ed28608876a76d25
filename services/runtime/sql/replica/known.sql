select hash from replica_known($1) as known (hash)
