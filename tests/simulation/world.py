"""The services, Kafka, and what has happened so far; executes one step of a schedule at a time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, cast

from contracts.case import CaseEvent, ConsultationOpened
from contracts.requests import Request
from services.casework.book import Book
from services.casework.calendar import Calendar
from services.casework.case import Case
from services.casework.fold import evolve
from services.runtime.branch import Link, Move, Rules, Tree, next_epoch
from services.runtime.custody import is_case
from services.runtime.fold import Stamp
from services.runtime.restart import Start
from tests.simulation.casework import CITY, D1, D2, PORTAL, T1, T2, T3
from tests.simulation.clock import book, papers_waiting
from tests.simulation.kafka import Kafka, partitions
from tests.simulation.law import MISTAKES, Law
from tests.simulation.records import Record
from tests.simulation.service import Pending, Service

if TYPE_CHECKING:
    from services.office.book_keeper import CalendarChange

LAYOUT = {
    "township-1": ("township", (T1, T2)),
    "township-2": ("township", (T3,)),
    "district-1": ("district", (D1,)),
    "district-2": ("district", (D2,)),
    "city": ("city", (CITY,)),
    "portal": ("portal", (PORTAL,)),
}
BEGIN = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""Monday, nine o'clock in the office."""


@dataclass(frozen=True, slots=True)
class Step:
    kind: str
    service: int
    r: int
    """Chooses among what is possible when the step comes, so that a shortened schedule still means something."""


class World:
    def __init__(self, without: frozenset[str] = frozenset(), tell: bool = False) -> None:
        self.without = without
        self.story: list[str] | None = [] if tell else None
        self.clusters = self.fresh = self.version = 0
        self.time = BEGIN
        self.law = Law()
        for name in sorted(without & MISTAKES.keys()):
            self.law = MISTAKES[name](self.law)
        self.kafka = Kafka("kafka-0")
        self.services = [Service(self, name, tier, units) for name, (tier, units) in LAYOUT.items()]
        self.by_name = {service.name: service for service in self.services}
        self.hosts = {unit: service for service in self.services for unit in service.units}
        self.offices = [unit for unit in self.hosts if unit != PORTAL]
        self.city, self.portal = self.by_name["city"], self.by_name["portal"]
        self._rules = {
            (service.name, catching_up): Rules(CITY, frozenset(service.units), catching_up, without)
            for service in self.services
            for catching_up in (False, True)
        }
        feeds = [f"{tier}.events" for tier in ("township", "district", "city", "portal", "reference")]
        self.subscriptions = {
            service.name: [
                (topic, number)
                for topic in [*(f"inbox.{unit}" for unit in service.units), *feeds]
                for number in partitions(topic)
            ]
            for service in self.services
        }
        self.cases: list[str] = []
        self.states: dict[bytes, Case] = {}
        """The case after each event: a hash names the whole chain before it."""
        self.changes: dict[bytes, CalendarChange] = {}
        self.by_version: dict[str, CalendarChange] = {}
        self.books: dict[bytes, Book] = {}
        self.known: dict[bytes, tuple[datetime, Calendar, datetime | None]] = {}
        """Of each event what its writer's service knew: its wall clock, the calendar that it had read, and when the
        first papers that waited about the case were handed in."""
        self.idle: set[tuple[bytes, int, datetime, datetime | None]] = set()
        """After which event, by which book, at which instant and with which papers waiting the clock found nothing to
        do."""
        self.judged: set[bytes] = set()
        self.touched: set[tuple[str, str]] = set()
        self.tainted: dict[str, float] = {}
        """Cases in which somebody forged an event in the right name, which forks them, with the epoch from which on
        one history is promised again: that of the city's next assumed custody."""
        self.forged: set[bytes] = set()
        self.double_fault = False
        self.acknowledged: dict[bytes, tuple[Service, Record]] = {}
        self.may_be_lost: set[bytes] = set()
        self.unnoticed: set[bytes] = set()
        """Lost by a restore by hand, after which the service could not know that it was one."""
        self.answers: dict[str, bytes] = {}
        self.consulted: dict[str, None] = {}
        """Cases about which anybody was ever asked, in that order."""
        self.submitted: dict[str, tuple[str, Request]] = {}
        """Requests by id: who asked, and what."""
        self.submitted_at: dict[str, datetime] = {}
        """When, as their records say."""
        self.answering = False
        """At rest: everybody says what it was asked for."""
        self.clicks: list[tuple[Service, Pending]] = []
        self.wrong: str | None = None

    # -- what the parts ask for

    def on(self, rule: str) -> bool:
        return rule not in self.without

    def rules(self, service: Service, catching_up: bool) -> Rules:
        return self._rules[service.name, catching_up]

    def fresh_hash(self) -> bytes:
        self.fresh += 1
        return self.fresh.to_bytes(32, "big")

    def fresh_text(self, what: str) -> str:
        self.fresh += 1
        return f"{what}-{self.fresh}"

    def next_link(self, stream: str, head: Link | None, unit: str, to: str | None, assumes: bool, tree: Tree) -> Link:
        digest = self.fresh_hash()
        if head is None:
            return Link(stream, 1, 0, 0, unit, unit, digest, None, False)
        if assumes:
            epoch = next_epoch(tree) if self.on("everywhere") else head.epoch + 1
            return Link(stream, head.seq + 1, epoch, 0, unit, unit, digest, head.hash, True)
        passes = to is not None and to != head.holder
        epoch = head.epoch + (passes and not self.on("epochs"))
        term = head.term + (passes and self.on("terms"))
        return Link(stream, head.seq + 1, epoch, term, unit, to or unit, digest, head.hash, False)

    def fold(self, chain: list[Record]) -> Case:
        """The case that this chain tells."""
        start = next((n for n in range(len(chain), 0, -1) if chain[n - 1].link.hash in self.states), 0)
        case = self.states[chain[start - 1].link.hash] if start else None
        for record in chain[start:]:
            link = record.link
            stamp = Stamp(link.stream, link.unit, record.actor, record.time, link.hash, link.epoch)
            case = self.states[link.hash] = evolve(case, cast("CaseEvent", record.event), stamp)
        assert case is not None
        return case

    # -- what the parts report

    def written(self, service: Service, record: Record, at: datetime) -> None:
        waiting = papers_waiting(service, record.link.stream) if is_case(record.link.stream) else None
        self.known[record.link.hash] = at, book(service).calendar, waiting
        if isinstance(record.event, ConsultationOpened):
            self.consulted[record.link.stream] = None

    def note(self, text: str) -> None:
        if self.story is not None:
            self.story.append(text)

    def say(self, record: Record) -> str:
        return f"{record.kind} ({record.link.stream} event {record.link.seq}, epoch {record.link.epoch})"

    def changed(self) -> None:
        self.version += 1

    def touch(self, service: Service, stream: str) -> None:
        self.touched.add((service.name, stream))

    def touch_all(self, service: Service) -> None:
        self.touched.update((service.name, stream) for stream in service.db.trees)

    def acknowledge(self, service: Service, record: Record) -> None:
        self.acknowledged[record.link.hash] = (service, record)

    def answer(self, key: str, record: Record) -> None:
        first = self.answers.get(key)
        if first is not None and first not in self.may_be_lost:
            self.wrong = self.wrong or f"one click, two acts: {self.say(record)} under a key that was used before"
        self.answers[key] = record.link.hash

    def answered_again(self, key: str, digest: bytes) -> None:
        if self.answers[key] != digest and self.answers[key] not in self.may_be_lost:
            self.wrong = self.wrong or f"{key} answers with another act than the first time"

    def quarantined(self, service: Service, move: Move) -> None:
        link = move.link
        record = service.db.records[link.hash]
        self.note(f"{service.name} quarantines {self.say(record)}: {move.reason}")
        if link.hash in self.forged or link.stream in self.tainted or self.double_fault:
            return
        self.wrong = self.wrong or f"{service.name} quarantines {self.say(record)} by {link.unit}: {move.reason}"

    # -- what there is to do

    def unread(self, service: Service) -> list[tuple[str, int]]:
        """Subscriptions with records to read; on another cluster all."""
        same = service.db.read_cluster == self.kafka.cluster
        offsets = service.db.offsets if same else {}
        if not self.on("offsets"):
            offsets = {(topic, n): at for (name, topic, n), at in self.kafka.groups.items() if name == service.name}
        return [
            place
            for place in self.subscriptions[service.name]
            if len(self.kafka.partitions.get(place, ())) > offsets.get(place, 0)
        ]

    def may_read(self, service: Service) -> bool:
        return service.linked and service.start is Start.PLAIN


def schedule(seed: int, weights: dict[str, int], length: int) -> list[Step]:
    random = Random(seed)
    kinds = random.choices(list(weights), list(weights.values()), k=length)
    return [Step(kind, random.randrange(len(LAYOUT)), random.getrandbits(24)) for kind in kinds]
