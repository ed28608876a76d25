"""What the office's routes stand on, and how they read the number of a case."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Request

from contracts.envelope import is_case
from services.office.acting import Acts
from services.office.cases import Cases
from services.office.law_clock import LawClock
from services.office.notices.issuing import Notices
from services.office.papers.keeping import Papers
from services.office.receiving import Receiving
from services.runtime.http.problem import Problem
from services.runtime.tide import Tide
from services.runtime.tokens import Verifier

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


@dataclass(frozen=True, slots=True)
class Office:
    """What the routes need. `mac_key`: 32 bytes, for the body check of repeated keys; `units` are served here."""

    pool: "Pool[Record]"
    cases: Cases
    acts: Acts
    receiving: Receiving
    notices: Notices
    papers: Papers
    verifier: Verifier
    shown: tuple[Tide, ...]
    """How far each view is that lists are read from."""
    mac_key: bytes
    units: frozenset[str]
    clock: LawClock


def case_number(request: Request) -> str:
    """The case number of the path; anything that is none is simply not here."""
    number: str = request.path_params["number"]
    if not may_be_number(number):
        raise unknown_case()
    return number


def may_be_number(said: str) -> bool:
    """Whether a case may have this number: digits and hyphens."""
    return len(said) <= 40 and said.isascii() and said.replace("-", "").isdigit() and is_case(said)


def unknown_case() -> Problem:
    return Problem(404, "case_unknown", "This office has no such case.", "本单位没有该办件。")
