select stream, epoch from fence order by stream
