"""What an office is told of its link to the others: work goes on without it, and nothing has to be sent again."""

from datetime import datetime
from typing import NamedTuple

from services.runtime.relay import RelayStatus
from services.runtime.tide import Tide


class Outgoing(NamedTuple):
    """How many records wait here while nothing can be published, and since when the oldest (UTC)."""

    waiting: int
    since: datetime | None


def outgoing(status: RelayStatus, log: Tide) -> Outgoing | None:
    """None while the link is up, and in a process that does not publish."""
    if not status.leads or status.problem is None:
        return None
    return Outgoing(log.pos - status.acknowledged if status.oldest else 0, status.oldest)
