"""Notices are drawn when they are issued, kept sealed beside the log, and read again by whoever works on the case."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import segno
import structlog

from contracts.catalogue import event_of
from contracts.envelope import read
from services.casework.moment import local_day
from services.casework.reading import may_read_texts
from services.casework.refusals import not_found
from services.office.accounts import reads
from services.office.cases import Cases
from services.office.notices.content import Happened, Issue, told
from services.office.notices.drawing import draw
from services.office.papers.keeping import Papers
from services.office.person import person
from services.office.refusing import TextsUnreadable
from services.runtime.fold import Loaded
from services.runtime.sealed_events import open_event
from services.runtime.sealing import CannotOpen
from services.runtime.statements import statement
from services.runtime.tokens import Actor
from services.runtime.tracking import grouped

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.casework.case import Case

log = structlog.get_logger(__name__)
SIZES: Mapping[str, str] = {"a4": "receipt", "80mm": "receipt_80mm"}
"""Of a receipt, and the template of each."""


class Notices:
    """Of one tier service. `tracking`: the public address at which an applicant follows a case; None prints no QR
    code."""

    def __init__(self, pool: "Pool[Record]", cases: Cases, papers: Papers, tracking: str | None) -> None:
        self._pool = pool
        self._cases = cases
        self._papers = papers
        self._tracking = tracking

    async def make(self, loaded: "Loaded[Case]", issue: Issue, at: datetime) -> str:
        """Draw and keep it; its SHA-256 in hex. A paper that no event names in the end lies there and is found by
        nobody. Raises NoKey, TextsUnreadable, NoGlyph."""
        case = loaded.state
        key = await self._cases.case_key(case.number)
        happened = await self._happened(case.number, key)
        content = told(issue, case, happened, self._cases.book, at)
        return await self._papers.keep(case.number, await asyncio.to_thread(draw, issue.notice, content))

    async def open(self, number: str, notice: str, by: Actor, why: str) -> bytes:
        """The PDF of an issued notice, once it is noted who reads it and what for. Raises NotFound `notice_unknown`,
        PaperAway where another service drew it and it did not come yet, TextsUnreadable where its file is spoilt, and
        what reading the case's texts raises."""
        loaded = await self._cases.read(number, by)
        may_read_texts(loaded.state, person(by))
        issued = next((one for one in loaded.state.dossier.notices if one.number == notice), None)
        if issued is None:
            raise not_found("notice_unknown")
        content = await self._papers.content(number, issued.digest)
        await self._note(by, number, why, "NoticeIssued")
        return content

    async def receipt(self, number: str, by: Actor, size: str, code: str, at: datetime) -> bytes:
        """The receipt to be printed, with the query code, which is kept nowhere in it: drawn anew and not kept. `size`:
        one of SIZES. Raises what reading the case's texts raises."""
        loaded = await self._cases.read(number, by)
        may_read_texts(loaded.state, person(by))
        happened = await self._happened(number, await self._cases.case_key(number))
        day = local_day(loaded.state.times.received)
        content = told(Issue("receipt", by.unit, "", "", day), loaded.state, happened, self._cases.book, at)
        await self._note(by, number, "printing", "CaseReceived")
        return await asyncio.to_thread(draw, SIZES[size], content | self._followed(number, code))

    def _followed(self, number: str, code: str) -> dict[str, Any]:
        """The code, and where and how the applicant follows the case with it."""
        if self._tracking is None:
            return {"code": grouped(code)}
        made = segno.make(f"{self._tracking}#{number}/{code}", error="m", micro=False)
        return {"code": grouped(code), "track": self._tracking, "qr": made.svg_inline(border=2)}

    async def _happened(self, number: str, key: bytes) -> Sequence[Happened]:
        found: list[Happened] = []
        for row in await self._pool.fetch(statement("log/stream"), number):
            envelope = read(row["value"])
            event = event_of(envelope.type, envelope.data)
            try:
                found.append(Happened(open_event(event, key, number, envelope.seq), envelope.time))
            except CannotOpen:
                raise TextsUnreadable(number) from None
        return found

    async def _note(self, by: Actor, number: str, why: str, text: str) -> None:
        await reads.note(self._pool, by.subject, by.unit, number, why, [text])
        log.info("texts_read", case=number, unit=by.unit, person=by.subject, reason=why, texts=1)
