"""The plain case: records that extend the live heads of their streams in turn and concern nothing else here."""

from collections.abc import Iterable, Set
from itertools import pairwise
from typing import NamedTuple

from services.runtime.arrivals import Arrival
from services.runtime.custody import Link, Rules, breaks, first_event_breaks, is_case
from services.runtime.heads import Head
from services.runtime.host import Host
from services.runtime.lately import Kind


class Plain(NamedTuple):
    """Where every event extended its stream: the position before them, and of what kinds they are."""

    base: int
    kinds: Set[Kind]


def by_stream(events: Iterable[Arrival]) -> dict[str, list[Arrival]]:
    groups: dict[str, list[Arrival]] = {}
    for arrival in events:
        groups.setdefault(arrival.link.stream, []).append(arrival)
    return groups


class PlainCase:
    """Of one reading. `catching_up`: a restored database reads back what it had said (protocol B2)."""

    def __init__(self, host: Host, rules: Rules, *, catching_up: bool) -> None:
        self._host = host
        self._rules = rules
        self._catching_up = catching_up

    def extends(self, head: Head, group: list[Arrival]) -> bool:
        """Every event of one stream extends its live head in turn, and nothing else is here that it could concern."""
        links = [arrival.link for arrival in group]
        first = links[0]
        if head.aside or any(link.assumes for link in links):
            return False
        if not self._catching_up and any(link.unit in self._host.own for link in links):
            return False
        last = head.link(first.stream)
        if last is None:
            if is_case(first.stream) and not self._host.everything:
                return False
            if first_event_breaks(first) is not None:
                return False
        elif breaks(last, first, self._rules) is not None:
            return False
        return all(breaks(parent, link, self._rules) is None for parent, link in pairwise(links))

    def kinds(self, events: Iterable[Arrival]) -> set[Kind]:
        links = ((arrival.type, arrival.link) for arrival in events)
        return {
            Kind(type_, link.seq == 1, link.holder != link.unit, self.topic(link) is not None) for type_, link in links
        }

    def topic(self, link: Link) -> str | None:
        """Own events that are read back are published again on another cluster, hence their topic (B1)."""
        own = self._catching_up and link.unit in self._host.own
        return self._host.topic_of(link.stream) if own else None
