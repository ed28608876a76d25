select l.value from log l where l.hash = $2 and l.stream = $1 and l.live
