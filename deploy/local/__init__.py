"""PostgreSQL and Kafka on this machine, with nothing installed but Python packages.

`with Stack(Path(".state")) as stack:` gives both, running and empty or as they were left. Everything lives in the
state folder and survives restart and kill -9; everything that was started is stopped when the block is left.
A process that is itself killed with -9 leaves its servers behind: the next start finds them by the mark that each
carries among its arguments, stops them and starts afresh on the same data and ports.
"""

from deploy.local.errors import AlreadyRunning, LocalError, NotUsable, StartFailed
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.proxy import Proxy
from deploy.local.stack import Stack

__all__ = ["AlreadyRunning", "Kafka", "LocalError", "NotUsable", "Postgres", "Proxy", "Stack", "StartFailed"]
