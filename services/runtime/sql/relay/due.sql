select stream, tries, due from relay_due where kind = $1 and due <= now() order by due limit $2
