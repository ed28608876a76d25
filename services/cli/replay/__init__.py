"""`sanji replay`: any event log, told again as the work of the three levels through the public HTTP API.

Reading order: `mapping` (what a log's columns mean), `logs` (CSV and XES to traces), `plan` (a trace to acts),
`beside` (what a row is in law beside its step), `send` (acts to the services), `reference` (what they must know
before), `run` (a whole log).
"""
