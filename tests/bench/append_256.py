"""256 callers, each appending one new case after the other."""

from tests.bench.appending import callers_against_pgbench
from tests.bench.harness import Figure, Row

ROW = Row(
    "append_256",
    (Figure("append, 256 callers", "pgbench -c64, one prepared insert each", "events/s", 3.0),),
    lambda bench: callers_against_pgbench(bench, callers=256, clients=64),
)
