"""Numbers of notices and certificates: a series counts from 1 by unit, kind and year, and has no gaps."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from contracts.case import CertificateIssued, NoticeIssued
from services.casework.case import Case
from services.casework.numbering import CERTIFICATE, series
from services.office.bodies import ActBody, IssueCertificate, IssueNotice
from services.runtime.commands import Decided, Order
from services.runtime.companion import Companion
from services.runtime.fold import Loaded
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

statement = statements(__file__)


def _notice(body: ActBody) -> str:
    assert isinstance(body, IssueNotice)
    return body.notice


def _certificate(body: ActBody) -> str:
    assert isinstance(body, IssueCertificate)
    return f"{CERTIFICATE}.{body.certificate}"


KINDS: Mapping[str, Callable[[ActBody], str]] = {"issue_notice": _notice, "issue_certificate": _certificate}
"""By act: the kind under which its paper is numbered."""


class OtherYear(Exception):
    """The act fell into another year than its number was taken for; take one of that year."""


class Papers:
    """Of one process. Papers of one series are issued one after the other: a number that an act did not need is the
    next one's. Two processes that take the same number collide at the append, and one takes the next."""

    def __init__(self, pool: "Pool[Record]") -> None:
        self._pool = pool
        self._known: dict[str, int] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def next(self, act: str, body: ActBody, unit: str, day: date) -> AsyncIterator[tuple[str, int]]:
        """The series of the paper that this act issues on `day`, and its next serial, for as long as it is needed."""
        numbered = series(unit, KINDS[act](body), day)
        async with self._turns.setdefault(numbered, asyncio.Lock()):
            yield numbered, await self._last(numbered, unit) + 1

    async def _last(self, numbered: str, unit: str) -> int:
        if numbered not in self._known:
            if len(self._known) > 10_000:
                # Imports touch many years; a forgotten series is read again from the log.
                self._known.clear()
            self._known[numbered] = await self._pool.fetchval(statement("paper_known"), numbered, unit)
        return max(self._known[numbered], await self._pool.fetchval(statement("paper_last"), numbered))


def taken(numbered: str, serial: int, case: str) -> Companion:
    """To be committed with the event that carries the number; fails when another process has taken it."""
    return Companion(statement("paper_taken"), (numbered, serial, case))


def within(order: Order[Case], series: str) -> Order[Case]:
    """The same, but that it fails when its paper would be numbered in another series."""

    def decide(loaded: Loaded[Case] | None) -> Decided:
        decided = order.decide(loaded)
        for event in decided.events:
            assert isinstance(event, NoticeIssued | CertificateIssued)
            if not event.number.startswith(f"{series}-"):
                raise OtherYear(series)
        return decided

    return replace(order, decide=decide)
