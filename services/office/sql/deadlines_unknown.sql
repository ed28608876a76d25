select stream from deadline where clock = $1
