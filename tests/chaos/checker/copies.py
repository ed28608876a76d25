"""One stream wherever it lies: its copies against each other, what lies aside, and what Kafka has of it."""

from collections.abc import Iterator

from tests.chaos.checker.chains import Reading, chain, follows, holders
from tests.chaos.checker.evidence import CITY, PORTAL, Evidence
from tests.chaos.checker.records import ASSUMED, Record, is_case
from tests.chaos.checker.sources import Link, Row, Together
from tests.chaos.checker.violations import Violations

REFERENCE = frozenset({"unit", "department", "window", "item", "delegation", "calendar", "clearance"})
"""Kinds of stream that go to `reference.events`, whoever writes them."""


class Copies:
    """Looks at one stream and says what does not hold. Afterwards `live` is the chain that its copies share, `known`
    are its events on every branch but what was forged."""

    def __init__(self, together: Together, evidence: Evidence, hosts: dict[str, str], violations: Violations) -> None:
        self._together = together
        self._evidence = evidence
        self._hosts = hosts
        self._violations = violations
        self._reading = Reading(together.stream)
        self.chains: dict[str, list[Record]] = {}
        """The live branch of each service that has the stream."""
        self._superseded: dict[str, dict[bytes, Record]] = {}
        self._waiting: set[bytes] = set()
        self._look()

    @property
    def live(self) -> list[Record]:
        """The longest; at rest all are equal."""
        return max(self.chains.values(), key=len, default=[])

    @property
    def known(self) -> list[Record]:
        return [r for r in self._reading.known.values() if r.hash not in self._evidence.injected]

    def _add(self, invariant: str, detail: str, service: str = "") -> None:
        self._violations.add(invariant, detail, service, self._together.stream)

    def _look(self) -> None:
        for service, links in self._together.of("live").items():
            self.chains[service] = found = self._records(service, links)
            for invariant, detail in chain(self._together.stream, found, self._evidence.root):
                self._add(invariant, detail, service)
            for record in found:
                if record.hash in self._evidence.injected:
                    self._add("forged", f"{record} was forged and is live", service)
        for service, links in self._together.of("superseded").items():
            self._superseded[service] = {r.hash: r for r in self._records(service, links)}
        for place in ("parked", "staged", "quarantined"):
            for service, links in self._together.of(place).items():
                self._aside(place, service, self._records(service, links))
        self._equal()
        if is_case(self._together.stream):
            for invariant, detail in holders(self.known):
                self._add(invariant, detail)
            self._at_rest()
        self._beaten()
        self._published()

    def _records(self, service: str, links: list[Link]) -> list[Record]:
        found: list[Record] = []
        for link in links:
            record, findings = self._reading.record(link)
            for invariant, detail in findings:
                self._add(invariant, detail, service)
            if record is not None:
                found.append(record)
        return found

    def _aside(self, place: str, service: str, records: list[Record]) -> None:
        """What was staged for a handover that the city's custody overtook may stay until the inbox forgets it too."""
        self._waiting |= {record.hash for record in records}
        for record in records:
            gone = place == "staged" and self._holder_elsewhere(service)
            if record.hash not in self._evidence.injected and not gone:
                self._add(place, f"{record} lies {place} at rest, and nobody forged it", service)

    def _holder_elsewhere(self, service: str) -> bool:
        head = self.live[-1] if self.live else None
        return head is not None and self._hosts.get(head.holder) != service

    def _equal(self) -> None:
        """Every copy is the same chain, and whoever wrote, and the portal, has one."""
        live = self.live
        hashes = [record.hash for record in live]
        for service, found in self.chains.items():
            mine = [record.hash for record in found]
            if mine != hashes:
                at = next((i for i, (a, b) in enumerate(zip(mine, hashes, strict=False)) if a != b), len(mine))
                self._add("copies", f"{len(mine)} events, {len(hashes)} elsewhere; they part after #{at}", service)
        settled = (record for record in self.known if record.hash not in self._waiting)
        needed = {self._hosts[record.unit] for record in settled if record.unit in self._hosts}
        for service in sorted(needed | {PORTAL} if live else set()):
            if service in self._evidence.databases and service not in self.chains:
                self._add("copies", f"{len(live)} events, none of them here", service)

    def _at_rest(self) -> None:
        """Exactly one unit may write, at the one service that hosts it, and that has what it needs for it."""
        if not self.live:
            return
        head = self.live[-1]
        for service in self.chains:
            fence = self._together.row("fence", service)
            if fence is not None and fence[1] > head.epoch:
                self._add("holder", f"a custody of epoch {fence[1]} is known of, {head} is the head", service)
        service = self._hosts.get(head.holder)
        if service is None or service not in self._evidence.databases:
            return
        if service not in self.chains:
            self._add("holder", f"{head.holder} holds it and does not have it", service)
        elif self._together.row("forgotten", service) is None and not self._has_key(service, head.holder):
            self._add("key", f"{head.holder} holds it without its key", service)

    def _has_key(self, service: str, unit: str) -> bool:
        return any(row[1] == unit for row in self._together.rows.get("key", {}).get(service, ()))

    def _beaten(self) -> None:
        """What is listed as superseded was beaten by an assumed custody, and what was beaten is listed: by whoever
        wrote it, by the city, which has to deal with it, and by the portal."""
        live = {record.hash for record in self.live}
        assumed = [record.epoch for record in self.live if record.name == ASSUMED]
        highest = max(assumed, default=0)
        for service, found in self._superseded.items():
            for record in found.values():
                if record.hash in live:
                    self._add("superseded", f"{record} is listed as superseded, and is live", service)
                elif record.epoch >= highest:
                    self._add("superseded", f"{record} is listed as superseded, and no custody beat it", service)
        for service, links in self._together.of("superseded").items():
            for link in links:
                if link.superseded_at is None:
                    self._add("superseded", f"#{link.seq} of {link.unit} is, and nothing says since when", service)
        for record in self.known:
            if record.hash in live or record.hash in self._waiting:
                continue
            for service in sorted({self._hosts.get(record.unit, PORTAL), CITY, PORTAL}):
                if service in self._evidence.databases and record.hash not in self._superseded.get(service, {}):
                    self._add("superseded", f"{record} is not live, and not listed as superseded", service)
            parent = self._reading.known.get(record.prev or b"")
            if parent is not None:
                for invariant, detail in follows(parent, record, self._evidence.root):
                    self._add(invariant, detail)

    def _published(self) -> None:
        """Kafka has what the logs say that it has, in the order of the chain, and nothing else."""
        feeds = self._evidence.feeds()
        here = {(row[1], row[4]) for row in self._together.sent}
        in_feeds = {hash_ for topic, hash_ in here if topic in feeds}
        for kind in ("live", "superseded"):
            for service, links in self._together.of(kind).items():
                for link in links:
                    if link.topic is not None and (link.topic, link.hash) not in here:
                        self._add("unpublished", f"#{link.seq} of {link.unit} is not in {link.topic}", service)
        for _, topic, part, at, hash_, _, unit, seq in self._together.sent:
            if topic in feeds and hash_ not in self._reading.known:
                self._add("stranger", f"{topic}:{part}:{at} is #{seq} of {unit}, which no log has")
            elif topic not in feeds and hash_ not in in_feeds:
                self._add("early", f"{topic}:{part}:{at} is #{seq} of {unit}, which no feed has")
        if not self._evidence.clusters_replaced:
            for detail in self._disorder(feeds):
                self._add("topic_order", detail)

    def _disorder(self, feeds: frozenset[str]) -> Iterator[str]:
        """Of what each service says of its own in a feed: an event comes after all that stand before it in its chain.
        What the city repeats below an assumed custody is not its own."""
        first: dict[str, dict[bytes, tuple[int, Row]]] = {}
        for place, row in enumerate(self._together.sent):
            if row[1] in feeds and self._tells(row[1], row[6]):
                first.setdefault(row[1], {}).setdefault(row[4], (place, row))
        for topic, found in first.items():
            for hash_, (place, row) in found.items():
                before = self._reading.known.get(hash_)
                while before is not None and before.prev is not None:
                    before = self._reading.known.get(before.prev)
                    if before is not None and before.hash in found:
                        if found[before.hash][0] > place:
                            yield f"{topic}:{row[2]}:{row[3]} is #{row[7]}, and #{before.seq} comes after it"
                        break

    def _tells(self, topic: str, unit: str) -> bool:
        if self._together.stream.partition("/")[0] in REFERENCE:
            return True
        return topic == f"{self._evidence.prefix}{self._hosts.get(unit, '')}.events"
