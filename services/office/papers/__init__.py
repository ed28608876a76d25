"""Papers of cases: handed in as scans, kept sealed beside the log, and fetched from the offices that had the case
before."""
