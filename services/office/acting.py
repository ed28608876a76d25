"""One act of casework's table on a case, with what it needs of this service beside its body."""

import contextlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from asyncpg import UniqueViolationError

from contracts.catalogue import event_of
from contracts.envelope import read
from contracts.events import Event
from contracts.requests import SupplementSubmitted
from services.casework.case import Case
from services.casework.consultation import DAYS
from services.casework.moment import local_day, moment
from services.casework.numbering import number as numbered
from services.casework.table import NEEDS_SUPERSEDED, ROWS, Row
from services.office.asking import ask
from services.office.asking_bodies import Adopt
from services.office.bodies import ReceiveSupplement
from services.office.body import ActBody
from services.office.cases import Answer, AssumedMeanwhile, Beside, Cases
from services.office.dossier_bodies import Correct, IssueNotice, OpenConsultation
from services.office.notices.content import Issue
from services.office.notices.issuing import Notices
from services.office.paper_numbers import KINDS, DrawnBefore, OtherYear, Paper, Papers
from services.office.superseded import lost, opened
from services.runtime.commands import Contended
from services.runtime.fold import Loaded
from services.runtime.log import Log
from services.runtime.statements import statements
from services.runtime.tokens import Actor

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)
NUMBERS_TRIED = 20
NOT_DRAWN: Mapping[str, str] = {"digest": "0" * 64}
"""With what it is asked whether a notice may be issued, before it is drawn."""


class Acts:
    """Of one tier service. `consultation_days`: working days that a body has to answer where the asker names none."""

    def __init__(
        self, pool: "Pool[Record]", log: Log, cases: Cases, notices: Notices, consultation_days: int = DAYS
    ) -> None:
        self._pool = pool
        self._notices = notices
        self._papers = Papers(log)
        self._cases = cases
        self._consultation_days = consultation_days

    async def perform(self, name: str, number: str, by: Actor, key: str, mac: bytes | None, body: ActBody) -> Answer:
        """Do the act `name` of casework's table on a case. Raises what casework and the log raise."""
        row = ROWS[name]
        if row.event.kind != "case":
            return await ask(self._cases, row, number, by, key, mac, body)
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
        return await self._cases.perform(row, number, by, key, mac, body, given=given)

    async def _beside(self, row: Row, number: str, by: Actor, key: str, mac: bytes | None, body: ActBody) -> Answer:
        """An act that is decided on what lies beside the live branch too."""
        while True:
            loaded = self._cases.commands.remembered(number) or await self._cases.commands.load(number)
            found = await lost(self._pool, number) if loaded and loaded.state.epoch else []
            if loaded and isinstance(body, Adopt):
                found = await opened(loaded.state, found, body.act, self._cases.case_key)
            beside = Beside(loaded.state.epoch if loaded else 0, tuple(one.act for one in found))
            with contextlib.suppress(AssumedMeanwhile):
                return await self._cases.perform(row, number, by, key, mac, body, beside=beside)

    async def _numbered(self, row: Row, number: str, by: Actor, key: str, mac: bytes | None, body: ActBody) -> Answer:
        """An act that issues a paper: its number is committed with it."""
        for _ in range(NUMBERS_TRIED):
            loaded = await self._cases.commands.load(number)
            at = body.at or self._cases.clock()
            day = local_day(moment(loaded.state, at) if loaded else at)
            async with self._papers.next(row.name, body, by.unit, day) as paper:
                given: dict[str, Any] = {}
                if isinstance(body, IssueNotice) and body.digest is None:
                    paper, given["digest"] = await self._drawn(row, loaded, by, body, paper, day)
                with contextlib.suppress(UniqueViolationError, OtherYear, DrawnBefore):
                    return await self._cases.perform(row, number, by, key, mac, body, paper=paper, given=given)
        raise Contended(number)

    async def _drawn(
        self, row: Row, loaded: Loaded[Case] | None, by: Actor, body: IssueNotice, paper: Paper, day: date
    ) -> tuple[Paper, str]:
        """The paper, bound to the case as it was drawn of it, and its SHA-256. What will be refused is not drawn."""
        if loaded is None or not self._cases.possible(row, loaded.state, by, body, NOT_DRAWN):
            return paper._replace(drawn_of=b""), NOT_DRAWN["digest"]
        issue = Issue(body.notice, by.unit, numbered(by.unit, body.notice, day, paper.serial), body.seal, day)
        digest = await self._notices.make(loaded, issue, moment(loaded.state, body.at or self._cases.clock()))
        return paper._replace(drawn_of=loaded.head), digest

    async def _event(self, number: str, hash_: str) -> Event | None:
        """The event of this case whose record has this hash (hex); None when its live branch has none."""
        value = await self._pool.fetchval(statement("event_of_case"), number, bytes.fromhex(hash_))
        if value is None:
            return None
        envelope = read(value)
        return event_of(envelope.type, envelope.data)

    async def _handed_in(self, number: str, request: str) -> datetime | None:
        """When this request brought papers for the case, as its own record says; None when none here did."""
        asked = await self._cases.requests.load(f"request/{request}")
        events = asked.state.events if asked is not None else ()
        brought = any(isinstance(event, SupplementSubmitted) and event.case == number for event in events)
        return asked.time if asked is not None and brought else None
