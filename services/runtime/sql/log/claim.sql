select base, losers, verdicts from log_claim($1, $2, $3, $4, $5, $6)
