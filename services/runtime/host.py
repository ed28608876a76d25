"""Which service this is, as everything that moves events needs to know it."""

from dataclasses import dataclass

from contracts.topics import Topics
from services.runtime.branch import Rules

PORTAL = "portal"


@dataclass(frozen=True, slots=True)
class Host:
    """`tier` is the tier of the `own` units, or `portal`; `root` the unit that may assume custody (protocol C4)."""

    service: str
    tier: str
    own: frozenset[str]
    root: str
    topics: Topics

    @property
    def everything(self) -> bool:
        """The portal follows every case (protocol I4)."""
        return self.tier == PORTAL

    @property
    def writes(self) -> tuple[str, ...]:
        """The topics that hold what this service said, its feed first: read to their end after a restore (B2)."""
        reference = (self.topics.reference,) if self.tier in ("city", "district") else ()
        return (self.topics.feed(self.tier), *reference, *self.inboxes)

    @property
    def inboxes(self) -> tuple[str, ...]:
        return tuple(self.topics.inbox(unit) for unit in sorted(self.own))

    @property
    def reads(self) -> tuple[str, ...]:
        return (*self.topics.feeds, self.topics.reference, *self.inboxes)

    def topic_of(self, stream: str) -> str:
        """Where an event of `stream` is published from here."""
        return self.topics.of(stream, self.tier)

    def rules(self, *, catching_up: bool = False) -> Rules:
        return Rules(root=self.root, own=self.own, catching_up=catching_up)
