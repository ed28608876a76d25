"""What `/readyz` says: whether it serves, what it waits for, how far each follower is, which are being built."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from services.runtime.beginning import Beginning
from services.runtime.checkpoint import Checkpoint
from services.runtime.database import DATABASE_AWAY
from services.runtime.kafka_watch import KafkaWatch
from services.runtime.metrics import Metrics
from services.runtime.relay import Relay, RelayStatus
from services.runtime.statements import statement
from services.runtime.tide import Tide

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


class Readiness:
    """Ready: the database answers, the service may write, its replica is not stalled, its reference data is here.

    Kafka away does not make an office unready: every act inside a unit goes on, and referrals wait in the log. Nor does
    a view that is being built: acts need none, and whoever reads its lists is told by `building` that they lack cases.
    """

    def __init__(
        self,
        pool: "Pool[Record]",
        beginning: Beginning,
        relay: Relay,
        watch: KafkaWatch,
        followers: Mapping[str, Checkpoint],
        book: Tide,
        missing: Callable[[], list[str]],
    ) -> None:
        self._pool = pool
        self._beginning = beginning
        self._relay = relay
        self._watch = watch
        self._followers = followers
        self._book = book
        self._missing = missing

    async def check(self) -> dict[str, Any]:
        """`ready`, `waits_for` in words, `positions`, `building` by follower, `queues`, and the relay's and the
        replica's state."""
        waits = list(self._missing())
        queues: dict[str, int] = {}
        try:
            row = await self._pool.fetchrow(statement("ready/queues"), timeout=2)
            assert row is not None
            queues = {name: int(n) for name, n in row.items()}
        except DATABASE_AWAY as error:
            waits.append(f"database: {type(error).__name__}")
        if self._beginning.state is not None:
            waits.append(self._beginning.state)
        positions = {name: tide.pos for name, tide in self._tides().items()}
        positions["relay"] = self._relay.acknowledged.pos
        building = {name: at.building._asdict() for name, at in self._followers.items() if at.building is not None}
        return {
            "ready": not waits,
            "waits_for": waits,
            "positions": {"log": queues.pop("log", None), **positions},
            "building": building,
            "queues": queues,
            "relay": self._relay_state(self._relay.status),
            "replica": {"lag": self._watch.lag, "restarts": self._watch.restarts},
        }

    def _relay_state(self, status: RelayStatus) -> dict[str, Any]:
        return {
            "leads": status.leads,
            "oldest": status.oldest.isoformat() if status.oldest else None,
            "problem": status.problem,
            "inboxes_held": sorted(status.held),
        }

    def measure(self, metrics: Metrics) -> None:
        """Gauges beside the relay's own."""
        self._relay.measure(metrics)
        metrics.watch("replica_lag_records", "Records not taken yet; -1 unknown", self._lag)
        metrics.watch("replica_restarts", "Silent stalls ended", lambda: self._watch.restarts)
        for name, tide in self._tides().items():
            metrics.watch(f"{name}_position", f"Log position of {name}", lambda tide=tide: tide.pos)
        for name, at in self._followers.items():
            metrics.watch(f"{name}_building_left", f"Log positions until {name} is whole", lambda at=at: _left(at))

    def _tides(self) -> dict[str, Tide]:
        return {**self._followers, "book": self._book}

    def _lag(self) -> float:
        return -1 if self._watch.lag is None else self._watch.lag


def _left(at: Checkpoint) -> int:
    return at.building.left if at.building is not None else 0
