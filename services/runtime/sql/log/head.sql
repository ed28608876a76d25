select pos from log_head
