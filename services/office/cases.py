"""The cases of one service: read one, with what may be done; write one act into its stream, decided by casework."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from contracts.envelope import command_id
from services.casework import supervision
from services.casework.actions import actions
from services.casework.assumption import Superseded
from services.casework.book import Book
from services.casework.case import Case
from services.casework.describe import describe
from services.casework.moment import said_moment
from services.casework.refusals import Refusal, not_found
from services.casework.table import OF_SUPERIORS, OF_THE_CITY, TABLE, Row
from services.casework.who import entitled
from services.office.actions_shown import action_json
from services.office.body import ActBody, Body
from services.office.book_keeper import BookKeeper
from services.office.case_fold import CaseFold, OrderFold, Record, RecordFold
from services.office.paper_numbers import Paper
from services.office.papers.wanting import named, wanted
from services.office.person import person
from services.office.refusing import NoKey
from services.runtime.commands import Commands, Decided, Done, Order
from services.runtime.fold import Loaded
from services.runtime.log import Log
from services.runtime.tokens import Actor
from services.runtime.vault import Vault

if TYPE_CHECKING:
    from asyncpg import Record as DatabaseRecord
    from asyncpg.pool import Pool

NOTHING: Mapping[str, Any] = {}
OFFERED_BY_DISTRICTS = (*TABLE, *OF_SUPERIORS)
OFFERED_BY_THE_CITY = (*OFFERED_BY_DISTRICTS, *OF_THE_CITY)


class AssumedMeanwhile(Exception):
    """Custody was assumed after it was looked what lies beside the live branch; look again."""


class Beside(NamedTuple):
    """What lay beside the live branch when the case was in this epoch."""

    epoch: int
    superseded: tuple[Superseded, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an act answers: the case, this log's position of the act, and for a receipt the query code."""

    case: Case
    pos: int
    repeated: bool
    query_code: str | None = None
    request: str | None = None


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
    ) -> None:
        self._pool = pool
        self._keeper = keeper
        self._vault = vault
        self.feed = feed
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
        found = actions(case, person(by), self._keeper.book, self.offered(by))
        return {"case": describe(case), "actions": [action_json(action) for action in found]}

    def offered(self, by: Actor) -> tuple[Row, ...]:
        """The acts that have their routes here, for a person of this unit."""
        book = self._keeper.book
        if by.unit == book.root:
            return OFFERED_BY_THE_CITY
        return OFFERED_BY_DISTRICTS if book.tier(by.unit) == "district" else TABLE

    def possible(self, row: Row, case: Case, by: Actor, body: ActBody, given: Mapping[str, Any]) -> bool:
        """Whether this act would be done now, and something with it."""
        who = person(by)
        try:
            entitled(case, who, row.name, self._keeper.book)
            at = said_moment(case, who, self.clock(), body.at)
            return bool(row.act(case, by=who, at=at, book=self._keeper.book, **{**fields_of(body), **given}))
        except Refusal:
            return False

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
        now, OtherYear when `paper` is not of the series that the act issues it in, DrawnBefore when it was drawn of the
        case as it no longer is."""
        now = self.clock()
        who = person(by)
        said = {**fields_of(body), **given}
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
            if paper is not None and events:
                paper.of(loaded.head)
                paper.numbers(events)
            return Decided(events, at)

        taken = (paper.taken(number),) if paper is not None else ()
        companions = (*taken, *wanted(number, named(said)))
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


def fields_of(body: Body) -> dict[str, Any]:
    """The act's own arguments: the body's fields, as they were validated."""
    return {name: getattr(body, name) for name in type(body).model_fields if name != "at"}


def _answer(done: Done[Case]) -> Answer:
    return Answer(done.loaded.state, done.loaded.pos, done.repeated)
