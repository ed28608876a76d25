-- The store does not have it, whatever was thought.
update paper set due = now(), tries = 0 where stream = $1 and digest = $2 and due is null
