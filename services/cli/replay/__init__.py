"""`sanji replay`: any event log, told again as the work of the three levels through the public HTTP API.

Reading order: `mapping` (what a log's columns mean), `logs` (CSV and XES to traces), `plan` (a trace to acts),
`send` (acts to the services), `run` (a whole log).
"""
