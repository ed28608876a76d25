"""One service: its database, its marker file, its process, and what it appends and inserts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Any, cast

from contracts.case import CaseEvent, CustodyAssumed
from contracts.events import Event
from services.casework.book import Book
from services.casework.case import Case, holder
from services.casework.fold import evolve
from services.runtime.branch import Link, Move, Place, Rules, arrive, fence, may_write, written
from services.runtime.fold import Stamp
from services.runtime.following import follows, raises_fence
from services.runtime.restart import Marker, Start, marker_from
from tests.simulation.casework import passes
from tests.simulation.database import Database
from tests.simulation.records import Record

if TYPE_CHECKING:
    from tests.simulation.clock import Seen
    from tests.simulation.world import World

COPIES = (Place.LIVE, Place.PARKED, Place.SUPERSEDED)


@dataclass(slots=True)
class Pending:
    """An act decided but not yet appended: somebody else may be quicker."""

    key: str
    unit: str
    case: str
    act: str
    body: dict[str, Any]
    head: Link | None
    event: Event
    at: datetime
    book: Book | None = None


class Service:
    def __init__(self, world: "World", name: str, tier: str, units: tuple[str, ...]) -> None:
        self.world = world
        self.name = name
        self.feed = f"{tier}.events"
        self.units = units
        self.everything = name == "portal"
        self.db = Database(world.fresh_text("incarnation"))
        self.db.relay_cluster = world.kafka.cluster
        self.marker_file: str | None = Marker(self.db.incarnation, 0).text()
        self.backups: list[Database] = []
        self.cut = False
        self.up = True
        self.start = Start.PLAIN
        self.relaying: Iterator[None] | None = None
        self.pending: list[Pending] = []
        self.seen: list[Seen | None] = [None, None]
        """What the two copies of the law's clock are about to write."""
        self.skew = timedelta()
        self.caught_up = False
        self.was_restored = False
        self.heard: str | None = None
        """The cluster for which all others were heard (B4)."""

    # -- the process

    @property
    def now(self) -> datetime:
        """What the wall clock of its tier shows."""
        return self.world.time + self.skew

    @property
    def speaks(self) -> bool:
        """Writes, relays and sends again."""
        return self.up and self.start is Start.PLAIN

    @property
    def linked(self) -> bool:
        return self.up and not self.cut

    @property
    def topics(self) -> list[str]:
        """Those that this service writes: read first after a restore."""
        return [self.feed, *(f"inbox.{unit}" for unit in self.units), "reference.events"]

    def stop(self) -> None:
        self.up, self.relaying = False, None
        self.pending.clear()
        self.seen = [None, None]
        self.caught_up, self.heard = False, None

    def served_chain(self, stream: str) -> list[Record]:
        """What `/chain` answers: own events only up to the marker, since later ones may be lost by a restore."""
        return list(takewhile(self._said, self.db.chain(stream)))

    def served_copies(self, stream: str) -> list[Record]:
        """What a witness answers: not the chain alone, but also what waits, is superseded, or comes after an own
        event that is not said yet; it may be all that is left (B4)."""
        tree = self.db.tree(stream)
        return [*filter(self._said, (self.db.records[link.hash] for place in COPIES for link in tree.at(place)))]

    def _said(self, record: Record) -> bool:
        if record.link.unit not in self.units:
            return True
        marker = marker_from(self.marker_file)
        said = marker.highest if marker and marker.incarnation == self.db.incarnation else 0
        return self.db.pos.get(record.link.hash, said + 1) <= said

    # -- the log

    def rules(self) -> Rules:
        return self.world.rules(self, self.start is not Start.PLAIN)

    def case(self, stream: str) -> Case:
        """The case as its live chain says."""
        head = self.db.tree(stream).head
        return (head and self.world.states.get(head.hash)) or self.world.fold(self.db.chain(stream))

    def append(
        self,
        unit: str,
        stream: str,
        event: Event,
        *,
        at: datetime | None = None,
        actor: str = "somebody",
        **fields: Any,
    ) -> Record | None:
        """Write the next event of a stream, at an instant of this service's clock; None when the unit may not."""
        world, db = self.world, self.db
        assumes = isinstance(event, CustodyAssumed)
        tree = db.tree(stream)
        head = tree.head
        if tree.place(db.commands.get(str(fields.get("command")), b"")) is Place.LIVE:
            return None
        decided = fields.pop("head", head)
        assert decided is None or isinstance(decided, Link)
        # A decision made on a number, not on a hash, was checked when it was made.
        trusted = assumes or not world.on("head_hash")
        if head is not None and not trusted and not may_write(tree, unit):
            return None
        if decided is not head and (head is None or decided is None or not self._same(decided, head)):
            return None
        to, at = None, at or self.now
        time = at
        if head is not None and event.kind == "case":
            case = self.case(stream)
            time = world.law.moment(case, at)
            after = evolve(case, cast("CaseEvent", event), Stamp(stream, unit, actor, time, b"", head.epoch + assumes))
            to = holder(after)
        link = world.next_link(stream, decided, unit, to, assumes, tree)
        record = Record(link, event, time, actor, **fields)
        world.written(self, record, at)
        db.trees[stream] = tree
        db.records[link.hash] = record
        db.said.add(link.hash)
        if raises_fence(link, db.fences.get(stream, 0), self.rules()):
            db.fences[stream] = link.epoch
            db.follow(fence(tree, link.epoch))
        self._done(written(tree, link, self.rules()))
        if record.command:
            db.commands[record.command] = link.hash
        if passes(link) and not world.on("derived"):
            db.outbox[link.hash] = (link.holder, db.chain(stream))
        world.acknowledge(self, record)
        return record

    def _same(self, decided: Link, head: Link) -> bool:
        return decided.hash == head.hash if self.world.on("head_hash") else decided.seq == head.seq

    def insert(self, record: Record) -> None:
        """Insert what came from elsewhere into a stream that is kept."""
        db, link = self.db, record.link
        stream, rules = link.stream, self.rules()
        tree = db.tree(stream)
        if tree.place(link.hash) is not None:
            return
        if raises_fence(link, db.fences.get(stream, 0), rules):
            db.fences[stream] = link.epoch
            db.reread.add(stream)
        db.trees[stream] = tree
        db.records[link.hash] = record
        if rules.catching_up:
            db.said.add(link.hash)
        began = not follows(tree)
        self._done(arrive(tree, link, rules))
        if began and follows(tree):
            for staged in sorted(db.staged.pop(stream, {}).values(), key=lambda one: one.link.seq):
                self.insert(staged)

    def heard_of_fence(self, link: Link) -> None:
        """A CustodyAssumed of a case not followed is kept in the fence table alone (I3)."""
        if raises_fence(link, self.db.fences.get(link.stream, 0), self.rules()):
            self.fence_heard(link.stream, link.epoch)

    def fence_heard(self, stream: str, epoch: int) -> None:
        if epoch <= self.db.fences.get(stream, 0):
            return
        self.db.fences[stream] = epoch
        if tree := self.db.trees.get(stream):
            self._done(fence(tree, epoch))
        self.world.changed()

    def _done(self, moves: list[Move]) -> None:
        self.db.follow(moves)
        for move in moves:
            record = self.db.records[move.link.hash]
            if record.command and move.link.unit in self.units and self.world.on("copied_keys"):
                self.db.commands[record.command] = move.link.hash
            if move.to is Place.QUARANTINED:
                self.world.quarantined(self, move)
            if move.to is Place.SUPERSEDED and move.came_from is Place.LIVE:
                self.world.note(f"{self.name}: {self.world.say(record)} is superseded")
        if moves:
            self.world.changed()
            self.world.touch(self, moves[0].link.stream)
