"""The applicant's requests in the portal's own log.

The n-th request of a kind about a case has a name of its own, so nothing is searched for, and the compare-and-set on
that stream makes one of two taps, in whatever process they arrive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from contracts.case.outcome import RequestKind
from services.casework.applicant import ASKS, Asked
from services.runtime.host import PORTAL
from services.runtime.statements import statements

if TYPE_CHECKING:
    from services.runtime.companion import Database

statement = statements(__file__)
AT_ONCE = 16
"""Of each kind looked for in one statement; hardly anybody asks so often."""
KINDS: Sequence[RequestKind] = [ask.kind for ask in ASKS.values()]


@dataclass(frozen=True, slots=True)
class Known:
    """`asked`: what the applicant asked about a case so far, oldest first, with the log's position of each. `free`: of
    each kind the first number that nobody has taken."""

    asked: tuple[tuple[Asked, int], ...]
    free: Mapping[RequestKind, int]

    @property
    def before(self) -> tuple[Asked, ...]:
        return tuple(asked for asked, _ in self.asked)

    def at(self, pos: int) -> str:
        """The id of the request at this position of the log."""
        return next(asked.request for asked, where in self.asked if where == pos)


def request_id(number: str, kind: RequestKind, n: int) -> str:
    """Of the n-th request of this kind about the case."""
    return sha256(f"{PORTAL}\0{number}\0{kind}\0{n}".encode()).hexdigest()[:32]


async def known(db: "Database", number: str) -> Known:
    """Everything that was asked here about this case."""
    asked: list[tuple[Asked, int]] = []
    free: dict[RequestKind, int] = {}
    first = 0
    kinds: Sequence[RequestKind] = KINDS
    while kinds:
        places: list[tuple[RequestKind, int]] = [(kind, n) for kind in kinds for n in range(first, first + AT_ONCE)]
        ids = [request_id(number, kind, n) for kind, n in places]
        rows = await db.fetch(statement("applicant_requests"), [f"request/{id_}" for id_ in ids])
        found = {places[row["n"] - 1]: row for row in rows}
        # A number that another unit's record has taken is passed over; it is nobody's request here.
        asked += [
            (Asked(ids[row["n"] - 1], places[row["n"] - 1][0], row["time"]), row["pos"])
            for row in rows
            if row["unit"] == PORTAL
        ]
        for kind in kinds:
            gap = next((n for n in range(first, first + AT_ONCE) if (kind, n) not in found), None)
            if gap is not None:
                free[kind] = gap
        kinds = [kind for kind in kinds if kind not in free]
        first += AT_ONCE
    return Known(tuple(sorted(asked, key=lambda one: one[1])), free)
