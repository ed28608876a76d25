"""How a service starts: is this the database that last spoke, or an older copy of it? Protocol B2 and B4. Pure.

The marker is a small file outside the database. Before each send it says up to which position this incarnation of
the database is about to speak; a database that does not reach that far has been restored.
"""

from dataclasses import dataclass
from enum import StrEnum
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Marker:
    incarnation: str
    highest: int
    """Highest log position that was about to be sent."""

    def text(self) -> str:
        """The file's content, one line: as long for every position, and with a checksum, so that it can be overwritten
        in place and a line that a crash tore is known."""
        said = f"{self.incarnation} {self.highest:020d}"
        return f"{said} {crc32(said.encode()):08x}\n"


def marker_from(text: str | None) -> Marker | None:
    """The marker in a file's content; None when there is no file or it cannot be read, which counts as missing."""
    parts = (text or "").split()
    if len(parts) != 3 or not parts[1].isascii() or not parts[1].isdecimal():
        return None
    marker = Marker(parts[0], int(parts[1]))
    return marker if marker.text() == text else None


class Start(StrEnum):
    PLAIN = "plain"
    """The same database: writes at once, offline too."""
    CATCH_UP = "catch_up"
    """Restored: delete the marker, read every topic that it writes to its end, take a new incarnation, write the
    marker anew; until then neither write nor relay nor send again."""
    READ_ONLY = "read_only"
    """Restored, and what it had said was said on another cluster: it must be read from others over HTTP first."""


def on_start(
    marker: Marker | None, incarnation: str, highest: int, stored_cluster: str | None, seen_cluster: str | None
) -> Start:
    """`highest`: the database's highest position. `stored_cluster`: the Kafka cluster that the relay's checkpoint
    counts on; it is stored with every new incarnation, before the first word, else a backup made before the first
    publication could not tell that its cluster is gone (None: a new database). `seen_cluster`: the one reached now
    (None: none; then a restored database waits, and this is asked again when one is reached)."""
    if marker is not None and marker.incarnation == incarnation and marker.highest <= highest:
        return Start.PLAIN
    if stored_cluster is not None and seen_cluster is not None and stored_cluster != seen_cluster:
        return Start.READ_ONLY
    return Start.CATCH_UP


def marker_before_sending(marker: Marker | None, incarnation: str, highest: int) -> Marker | None:
    """What to write, durably, before sending rows up to `highest`; None when the file already says so.

    The marker never goes down within an incarnation: publishing from 0 on another cluster says nothing new.
    """
    if marker is not None and marker.incarnation == incarnation and marker.highest >= highest:
        return None
    return Marker(incarnation, highest)
