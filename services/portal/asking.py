"""The citizen asks, with number and query code: a request in the portal's own feed for whoever holds the case (R1)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from contracts.envelope import command_id
from services.casework.applicant import ASKS
from services.casework.case import Case
from services.casework.moment import moment
from services.casework.refusals import Conflict, Refusal
from services.office import refusing
from services.office.case_fold import Record, RecordFold
from services.pages.phrases import Phrase
from services.portal import requests
from services.portal.replies import REFUSED
from services.portal.tracked import both
from services.portal.tracking import Opened, not_here_yet
from services.runtime.commands import Commands, Contended, Decided, Order
from services.runtime.fold import Loaded
from services.runtime.host import PORTAL
from services.runtime.http.problem import Problem
from services.runtime.http.reading import body_mac
from services.runtime.log import Log
from services.runtime.streams import Streams

if TYPE_CHECKING:
    from pydantic import BaseModel

CITIZEN = "citizen"
"""The actor of every request: who asks is proven by the code and named nowhere."""
TRIES = 5


class AskedMeanwhile(Exception):
    """Another request of the same kind was written since it was looked which there are; look again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The id of the request and its position in this log."""

    request: str
    pos: int


class Asking:
    """Of one portal process."""

    def __init__(
        self,
        log: Log,
        cases: Streams[Case],
        feed: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._pool = log.pool
        self._cases = cases
        self._feed = feed
        self._clock = clock
        self._requests: Commands[Record] = Commands(log, RecordFold(), _nothing_sealed, clock, remembered=0)

    async def ask(self, name: str, opened: Opened, idempotency_key: str, said: "BaseModel | None" = None) -> Answer:
        """Ask for `name` of ASKS; `said` are its arguments, nothing personal among them.

        Raises Problem 409 or 422 when it cannot be asked now, 503 while the portal may not write.
        """
        number = opened.number
        case = await self._cases.load(number)
        if case is None:
            raise not_here_yet()
        try:
            pos = await self._written(name, case.state, idempotency_key, said)
        except Refusal as refusal:
            raise refused(refusal.code, 409 if isinstance(refusal, Conflict) else 422) from None
        except refusing.RAISED as error:
            raise refusing.problem(error) from None
        return Answer((await requests.known(self._pool, number)).at(pos), pos)

    async def _written(self, name: str, case: Case, idempotency_key: str, said: "BaseModel | None") -> int:
        """The request's position, written now or by the same key before."""
        ask, at = ASKS[name], moment(case, self._clock())
        body: Mapping[str, Any] = {field: getattr(said, field) for field in type(said).model_fields} if said else {}
        # A citizen's keys count for the own case alone: they may be as simple as 1. What the code covers does not hold
        # the query code, which could be guessed from it; all else stands openly in the record, so it needs no secret.
        command = command_id(PORTAL, f"{case.number}/{idempotency_key}")
        mac = body_mac(b"", f"{case.number}/{name}", said.model_dump_json().encode() if said else b"")
        for _ in range(TRIES):
            known = await requests.known(self._pool, case.number)

            def decide(there: Loaded[Record] | None, known: requests.Known = known) -> Decided:
                if there is not None:
                    raise AskedMeanwhile
                return Decided(ask.act(case, at=at, before=known.before, **body), at)

            stream = f"request/{requests.request_id(case.number, ask.kind, known.free[ask.kind])}"
            try:
                order = Order(stream, PORTAL, CITIZEN, command, mac, self._feed, decide, begins=True)
                return (await self._requests.perform(order)).loaded.pos
            except AskedMeanwhile:
                continue
        raise Contended(case.number)


def refused(code: str, status: int) -> Problem:
    """In the words for citizens; what offices read of a refusal is not for them, nor is the state that they see."""
    said = both(Phrase(REFUSED[code]))
    return Problem(status, code, said["en"], said["zh"])


async def _nothing_sealed(stream: str) -> bytes:
    raise LookupError(f"{stream} has nothing to seal")
