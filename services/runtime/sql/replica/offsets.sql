select topic, partition, next_offset from read_offset where cluster = $1
