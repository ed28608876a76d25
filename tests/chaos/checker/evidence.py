"""What a run leaves behind for the checker, as one JSON file says it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PORTAL = "portal"
CITY = "city"


@dataclass(frozen=True, slots=True)
class Restored:
    """A service whose database was put back to an older backup. What it acknowledged between `since`, when that backup
    was made, and `upto`, when it came back, and had not published, is lost by design (protocol B5). Seconds of the
    history's clock; without them the whole run."""

    service: str
    since: float = float("-inf")
    upto: float = float("inf")


@dataclass(frozen=True, slots=True)
class Evidence:
    """`databases`: addresses by service, the portal's too. `kafka`: host:port, `prefix` before all topic names.
    `units`: by service, the units that it hosts. `injected`: SHA-256 of every value that the faults forged, so that it
    may lie aside. `lost`: of the records that the restores lost by design, where that was looked up: no more acts than
    these may be missing. `clusters_replaced`: Kafka was replaced by an empty one, after which the order of a topic says
    nothing."""

    history: Path
    databases: dict[str, str]
    kafka: str
    prefix: str
    clusters_replaced: bool = False
    restored: tuple[Restored, ...] = ()
    lost: frozenset[bytes] | None = None
    injected: frozenset[bytes] = frozenset()
    units: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    @property
    def root(self) -> str:
        """The one unit that may assume custody."""
        return self.units[CITY][0]

    def hosts(self) -> dict[str, str]:
        """By unit, the service that hosts it."""
        return {unit: service for service, units in self.units.items() for unit in units} | {PORTAL: PORTAL}

    def feeds(self) -> frozenset[str]:
        """The topics that everybody reads and that are kept for ever."""
        return frozenset(f"{self.prefix}{name}.events" for name in ("township", "district", CITY, PORTAL, "reference"))

    def inbox(self, unit: str) -> str:
        return f"{self.prefix}inbox.{unit}"


def read(path: Path) -> Evidence:
    """The evidence in this file. A relative `history` lies beside it; one of `restored` is the name of a service or an
    object `service`, `since`, `upto`."""
    said: dict[str, Any] = json.loads(path.read_text())
    return Evidence(
        history=path.parent / said["history"],
        databases=said["databases"],
        kafka=said["kafka"],
        prefix=said["prefix"],
        clusters_replaced=said.get("clusters_replaced", False),
        restored=tuple(Restored(one) if isinstance(one, str) else Restored(**one) for one in said.get("restored", ())),
        lost=frozenset(map(bytes.fromhex, said["lost"])) if "lost" in said else None,
        injected=frozenset(map(bytes.fromhex, said.get("injected", ()))),
        units={service: tuple(units) for service, units in said.get("units", {}).items()},
    )
