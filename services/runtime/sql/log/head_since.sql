select pos, pg_postmaster_start_time() as since from log_head
