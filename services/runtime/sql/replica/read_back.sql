update incarnation set reading_back = true
