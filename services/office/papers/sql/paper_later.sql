update paper set due = now() + $3 * interval '1 second', why = $4 where stream = $1 and digest = $2 and due is not null
