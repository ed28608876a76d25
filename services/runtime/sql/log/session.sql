-- For the session that appends: one probe of one index per draft, whatever the planner thinks of an empty log.
set enable_hashjoin = off;
set enable_mergejoin = off;
set enable_seqscan = off;
set enable_bitmapscan = off;
set plan_cache_mode = force_generic_plan;
set jit = off
