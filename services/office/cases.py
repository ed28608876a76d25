"""The office's own service: receive a case, do an act, read one. HTTP and the reactor call it; nothing else writes."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from asyncpg import UniqueViolationError

from contracts.catalogue import event_of
from contracts.envelope import command_id, read
from contracts.events import Event
from contracts.requests import SupplementSubmitted
from services.casework import actor as casework_actor
from services.casework import supervision
from services.casework.actions import actions
from services.casework.assumption import Superseded
from services.casework.book import Book
from services.casework.case import Case
from services.casework.consultation import DAYS
from services.casework.describe import describe
from services.casework.moment import local_day, moment, said_moment
from services.casework.refusals import Refusal, not_found
from services.casework.table import NEEDS_SUPERSEDED, OF_SUPERIORS, OF_THE_CITY, ROWS, TABLE, Row
from services.casework.who import entitled
from services.office.actions_shown import action_json
from services.office.asking_bodies import Adopt
from services.office.bodies import ReceiveSupplement
from services.office.body import ActBody, Body
from services.office.book_keeper import BookKeeper
from services.office.case_fold import CaseFold, OrderFold, Record, RecordFold
from services.office.dossier_bodies import Correct, OpenConsultation
from services.office.papers import KINDS, OtherYear, Paper, Papers
from services.office.refusing import NoKey
from services.office.superseded import lost, opened
from services.runtime.commands import Commands, Contended, Decided, Done, Order
from services.runtime.fold import Loaded
from services.runtime.log import Log
from services.runtime.sealed_events import sealed_fields
from services.runtime.statements import statements
from services.runtime.tokens import Actor
from services.runtime.vault import Vault

if TYPE_CHECKING:
    from asyncpg import Record as DatabaseRecord
    from asyncpg.pool import Pool

statement = statements(__file__)
NUMBERS_TRIED = 20
NOTHING: Mapping[str, Any] = {}
OFFERED_BY_DISTRICTS = (*TABLE, *OF_SUPERIORS)
OFFERED_BY_THE_CITY = (*OFFERED_BY_DISTRICTS, *OF_THE_CITY)


class AssumedMeanwhile(Exception):
    """Custody was assumed after it was looked what lies beside the live branch; look again."""


class Beside(NamedTuple):
    """What lay beside the live branch when the case was in this epoch."""

    epoch: int
    superseded: tuple[Superseded, ...]


class Only(NamedTuple):
    """The id of something of which there is one, whatever key it comes under, and how a second one is refused."""

    id: str
    refusal: Callable[[Case], Refusal]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act answers: the case, this log's position of the act, and for a receipt the query code."""

    case: Case
    pos: int
    repeated: bool
    query_code: str | None = None
    request: str | None = None


def person(actor: Actor) -> casework_actor.Actor:
    """Whom the token names, in casework's words."""
    return casework_actor.Actor(actor.subject, actor.unit, actor.department, actor.roles)  # type: ignore[arg-type]


class Cases:
    """Of one tier service."""

    def __init__(
        self,
        pool: "Pool[DatabaseRecord]",
        log: Log,
        keeper: BookKeeper,
        vault: Vault,
        feed: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        consultation_days: int = DAYS,
    ) -> None:
        self._consultation_days = consultation_days
        self._pool = pool
        self._keeper = keeper
        self._vault = vault
        self.feed = feed
        self._papers = Papers(log)
        self.clock = clock
        self.commands: Commands[Case] = Commands(log, CaseFold(), self.case_key, clock)
        self.requests: Commands[Record] = Commands(log, RecordFold(), self.case_key, clock, remembered=256)
        self.orders: Commands[supervision.Order] = Commands(log, OrderFold(), self.case_key, clock, remembered=256)

    @property
    def book(self) -> Book:
        """The newest reference data."""
        return self._keeper.book

    async def case_key(self, stream: str) -> bytes:
        """The key of a case. Raises NoKey while it has not arrived."""
        key = await self.key_here(stream)
        if key is None:
            raise NoKey(stream)
        return key

    async def key_here(self, stream: str) -> bytes | None:
        """The key of a case, if a unit here has it."""
        return (await self._vault.get_many(self._pool, [stream])).get(stream)

    async def read(self, number: str, by: Actor) -> Loaded[Case]:
        """The case as it now is. Raises NotFound for one that the person's unit never had nor was asked about."""
        loaded = await self.commands.load(number)
        if loaded is None or by.unit not in loaded.state.known | loaded.state.dossier.consulted:
            raise not_found("case_unknown")
        return loaded

    def shown(self, case: Case, by: Actor) -> dict[str, Any]:
        """The case with what this person may do now, and of the rest why not."""
        found = actions(case, person(by), self._keeper.book, self._rows(by))
        return {"case": describe(case), "actions": [action_json(action) for action in found]}

    def _rows(self, by: Actor) -> tuple[Row, ...]:
        book = self._keeper.book
        if by.unit == book.root:
            return OFFERED_BY_THE_CITY
        return OFFERED_BY_DISTRICTS if book.tier(by.unit) == "district" else TABLE

    async def act(self, name: str, number: str, by: Actor, key: str, mac: bytes | None, body: ActBody) -> Answer:
        """Do the act `name` of casework's table on a case. Raises what casework and the log raise."""
        row = ROWS[name]
        if row.event.kind != "case":
            return await self.ask(row, number, by, key, mac, body)
        if name in NEEDS_SUPERSEDED:
            return await self._beside(row, number, by, key, mac, body)
        if name in KINDS:
            return await self._numbered(row, number, by, key, mac, body)
        match body:
            case Correct(of=of):
                given = {"corrected": await self._event(number, of)}
            case OpenConsultation(days=None):
                given = {"days": self._consultation_days}
            case ReceiveSupplement(request=str() as request):
                given = {"handed_in": await self._handed_in(number, request)}
            case _:
                given = {}
        return await self.perform(row, number, by, key, mac, body, given=given)

    async def _beside(self, row: Row, number: str, by: Actor, key: str, mac: bytes | None, body: ActBody) -> Answer:
        """An act that is decided on what lies beside the live branch too."""
        while True:
            loaded = self.commands.remembered(number) or await self.commands.load(number)
            found = await lost(self._pool, number) if loaded and loaded.state.epoch else []
            if loaded and isinstance(body, Adopt):
                found = await opened(loaded.state, found, body.act, self.case_key)
            beside = Beside(loaded.state.epoch if loaded else 0, tuple(one.act for one in found))
            with contextlib.suppress(AssumedMeanwhile):
                return await self.perform(row, number, by, key, mac, body, beside=beside)

    async def _numbered(self, row: Row, number: str, by: Actor, key: str, mac: bytes | None, body: ActBody) -> Answer:
        """An act that issues a paper: its number is committed with it."""
        for _ in range(NUMBERS_TRIED):
            loaded = await self.commands.load(number)
            at = body.at or self.clock()
            day = local_day(moment(loaded.state, at) if loaded else at)
            async with self._papers.next(row.name, body, by.unit, day) as paper:
                with contextlib.suppress(UniqueViolationError, OtherYear):
                    return await self.perform(row, number, by, key, mac, body, paper=paper)
        raise Contended(number)

    async def _event(self, number: str, hash_: str) -> Event | None:
        """The event of this case whose record has this hash (hex); None when its live branch has none."""
        value = await self._pool.fetchval(statement("event_of_case"), number, bytes.fromhex(hash_))
        if value is None:
            return None
        envelope = read(value)
        return event_of(envelope.type, envelope.data)

    async def _handed_in(self, number: str, request: str) -> datetime | None:
        """When this request brought papers for the case, as its own record says; None when none here did."""
        asked = await self.requests.load(f"request/{request}")
        events = asked.state.events if asked is not None else ()
        brought = any(isinstance(event, SupplementSubmitted) and event.case == number for event in events)
        return asked.time if asked is not None and brought else None

    async def perform(
        self,
        row: Row,
        number: str,
        by: Actor,
        key: str,
        mac: bytes | None,
        body: Body,
        *,
        epoch: int = 0,
        beside: Beside | None = None,
        paper: Paper | None = None,
        given: Mapping[str, Any] = NOTHING,
    ) -> Answer:
        """Do it on the case. `epoch`: what assumed custody raises the epoch to, at least. `given`: what the act needs
        of this service beside the body. Raises AssumedMeanwhile when `beside` is not what lies beside the case as it is
        now, OtherYear when `paper` is not of the series that the act issues it in."""
        now = self.clock()
        who = person(by)
        said = {**_fields(body), **given}
        said_at = body.at if isinstance(body, ActBody) else None
        if beside is not None:
            said["superseded"] = beside.superseded
        if paper is not None:
            said["serial"] = paper.serial

        def decide(loaded: Loaded[Case] | None) -> Decided:
            if loaded is None:
                raise not_found("case_unknown")
            case = loaded.state
            entitled(case, who, row.name, self._keeper.book)
            if beside is not None and case.epoch != beside.epoch:
                raise AssumedMeanwhile
            at = said_moment(case, who, now, said_at)
            events = row.act(case, by=who, at=at, book=self._keeper.book, **said)
            if paper is not None:
                paper.numbers(events)
            return Decided(events, at)

        companions = (paper.taken(number),) if paper is not None else ()
        command = command_id(by.unit, key)
        return _answer(
            await self.commands.perform(
                Order(
                    number,
                    by.unit,
                    by.subject,
                    command,
                    mac,
                    self.feed,
                    decide,
                    companions=companions,
                    epoch=epoch,
                )
            )
        )

    async def ask(
        self,
        row: Row,
        number: str,
        by: Actor,
        key: str,
        mac: bytes | None,
        body: Body,
        *,
        given: Mapping[str, Any] = NOTHING,
        only: Only | None = None,
    ) -> Answer:
        """What concerns a case that others may hold: an event that begins a stream of its own in this tier's feed, a
        request (protocol R1) or an order. `given`: what the act needs of this service beside the body. Raises NoKey
        when something was typed and the key of the case to seal it under is not here."""
        command = command_id(by.unit, key)
        id_ = only.id if only is not None else command.hex()[:32]
        who = person(by)
        loaded = await self.commands.load(number)
        now = self.clock()
        said_at = body.at if isinstance(body, ActBody) else None

        def decide(asked: Loaded[Record] | None) -> Decided:
            if asked is not None and only is None:
                return Decided((), now)
            if loaded is None:
                raise not_found("case_unknown")
            if asked is not None and only is not None:
                raise only.refusal(loaded.state)
            entitled(loaded.state, who, row.name, self._keeper.book)
            at = said_moment(loaded.state, who, now, said_at)
            return Decided(row.act(loaded.state, by=who, at=at, book=self._keeper.book, **_fields(body), **given), at)

        stream = f"{row.event.kind}/{id_}"
        # What is typed is for those who have the case, and sealed under its key.
        case_key = await self.key_here(number) if loaded is not None and sealed_fields(row.event) else None
        order = Order(stream, by.unit, by.subject, command, mac, self.feed, decide, case_key)
        done = await self.requests.perform(order)
        # Not `read`: whoever looks after a case from above may never have had it.
        case = await self.commands.load(number)
        assert case is not None
        return Answer(case.state, done.loaded.pos, done.repeated, request=id_)


def _fields(body: Body) -> dict[str, Any]:
    """The act's own arguments: the body's fields, as they were validated."""
    return {name: getattr(body, name) for name in type(body).model_fields if name != "at"}


def _answer(done: Done[Case]) -> Answer:
    return Answer(done.loaded.state, done.loaded.pos, done.repeated)
