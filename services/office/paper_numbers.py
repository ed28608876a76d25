"""Numbers of notices and certificates: a series counts from 1 by unit, kind and year, and has no gaps."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple
from weakref import WeakValueDictionary

from contracts.case import CertificateIssued, NoticeIssued
from contracts.events import Event
from services.casework.numbering import CERTIFICATE, series
from services.office.body import ActBody
from services.office.dossier_bodies import IssueCertificate, IssueNotice
from services.runtime.companion import Companion
from services.runtime.log import Log
from services.runtime.statements import statements

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


class DrawnBefore(Exception):
    """The case has changed since its paper was drawn; draw it again."""


class Paper(NamedTuple):
    """A number that is about to be given out. `drawn_of`: head of the case (32 bytes) that the paper was drawn of."""

    series: str
    serial: int
    drawn_of: bytes | None = None

    def of(self, head: bytes) -> None:
        """Raises DrawnBefore when the case is not as it was drawn."""
        if self.drawn_of not in (None, head):
            raise DrawnBefore

    def numbers(self, events: Sequence[Event]) -> None:
        """Raises OtherYear when these events issue a paper of another series."""
        for event in events:
            assert isinstance(event, NoticeIssued | CertificateIssued)
            if not event.number.startswith(f"{self.series}-"):
                raise OtherYear(self.series)

    def taken(self, case: str) -> Companion:
        """To be committed with the event that carries the number; fails when another process has taken it."""
        return Companion(statement("paper_taken"), (self.series, self.serial, case))


class Papers:
    """Of one process. Papers of one series are issued one after the other: a number that an act did not need is the
    next one's. Two processes that take the same number collide at the append, and one takes the next."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._known: dict[str, int] = {}
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @contextlib.asynccontextmanager
    async def next(self, act: str, body: ActBody, unit: str, day: date) -> AsyncIterator[Paper]:
        """The next number of the series in which this act issues a paper on `day`, for as long as it is needed.
        Raises NotWritable, as a case's serial does."""
        self._log.must_be_open()
        numbered = series(unit, KINDS[act](body), day)
        async with self._turns.setdefault(numbered, asyncio.Lock()):
            yield Paper(numbered, await self._last(numbered, unit) + 1)

    async def _last(self, numbered: str, unit: str) -> int:
        if numbered not in self._known:
            if len(self._known) > 10_000:
                # Imports touch many years; a forgotten series is read again from the log.
                self._known.clear()
            self._known[numbered] = await self._log.pool.fetchval(statement("paper_known"), numbered, unit)
        return max(self._known[numbered], await self._log.pool.fetchval(statement("paper_last"), numbered))
