"""What a record says beside its event, where there is no record."""

from datetime import datetime
from typing import NamedTuple


class Stamp(NamedTuple):
    """Implements `services.casework.fold.Stamp`."""

    stream: str
    unit: str
    actor: str
    time: datetime
    hash: bytes
    epoch: int | None = None
