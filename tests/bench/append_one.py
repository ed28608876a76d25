"""One caller, who waits for each new case to be durable."""

from tests.bench.appending import callers_against_pgbench
from tests.bench.harness import Figure, Row

ROW = Row(
    "append_one",
    (Figure("append, one caller", "pgbench -c1, one prepared insert each", "events/s", 0.6),),
    lambda bench: callers_against_pgbench(bench, callers=1, clients=1),
)
