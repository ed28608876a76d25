"""What a record says beside its event, for whoever folds it."""

from datetime import datetime
from typing import Protocol


class Stamped(Protocol):
    """Who wrote it where, when (UTC), and its hash (32 bytes). An entry of a log is one as it is.

    `epoch` is None and `hash` empty while the record is not built yet and only its custody is asked for.
    """

    @property
    def stream(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def actor(self) -> str: ...
    @property
    def time(self) -> datetime: ...
    @property
    def hash(self) -> bytes: ...
    @property
    def epoch(self) -> int | None: ...
