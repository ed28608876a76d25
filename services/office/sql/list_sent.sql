c.sender = $1 and (c.custody = 'offered' or not c.arrived)
