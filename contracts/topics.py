"""Topic names, keys and partition counts. The number of feed partitions never changes (protocol B6)."""

from dataclasses import dataclass

from contracts.envelope import stream_kind
from contracts.fields import Tier

FEED_PARTITIONS = 6
INBOX_PARTITIONS = 1
INBOX_RETENTION_DAYS = 30
TIERS: tuple[Tier, ...] = ("city", "district", "township")


@dataclass(frozen=True, slots=True)
class Topics:
    """All names under one settings prefix (may be empty)."""

    prefix: str = ""

    def feed(self, tier: str) -> str:
        """`township.events`, `district.events`, `city.events` or `portal.events`; key = stream."""
        return f"{self.prefix}{tier}.events"

    @property
    def feeds(self) -> tuple[str, ...]:
        return tuple(self.feed(tier) for tier in (*TIERS, "portal"))

    @property
    def reference(self) -> str:
        return f"{self.prefix}reference.events"

    def inbox(self, unit: str) -> str:
        return f"{self.prefix}inbox.{unit}"

    def deadletter(self, service: str) -> str:
        return f"{self.prefix}deadletter.{service}"

    def of(self, stream: str, tier: str) -> str:
        """The topic on which a service of `tier` publishes an event of this stream."""
        return self.reference if stream_kind(stream) in REFERENCE_KINDS else self.feed(tier)


REFERENCE_KINDS = frozenset({"unit", "department", "window", "item", "delegation", "calendar", "clearance"})
"""The kinds of stream that go to `reference.events`; a stream is `<kind>/<id>`."""
