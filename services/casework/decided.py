"""What is counted of a decision: whose it was, how it was made, and whether it came too late."""

from dataclasses import dataclass
from datetime import date

from services.casework.book import Book
from services.casework.case import Case
from services.casework.clocks import clocks
from services.casework.limits import last_day_of
from services.casework.moment import day_ends, local_day

PROMISED = frozenset({"statutory", "committed"})
"""The law's limit and the office's own promise; past either of them a decision is overdue."""


@dataclass(frozen=True, slots=True)
class Decided:
    """`department`: the body at `unit` whose item it is. `day`: local. `under_grant`: by a chief representative.
    `on_the_spot`: the case was then concluded at the window. `overdue`: by the calendar as it is known now."""

    unit: str
    department: str
    day: date
    under_grant: bool
    on_the_spot: bool
    overdue: bool


def decided(case: Case, book: Book) -> Decided | None:
    """Of the case's last decision; None while there is none, and while the item's version is not in the book. A case
    that is opened again counts once more when it is decided again, and until then not at all."""
    decision, item = case.decision, book.item(case.item, case.item_version)
    if decision is None or item is None:
        return None
    running = (clock for clock in clocks(case.times, book) if clock.name in PROMISED)
    ends = (last_day_of(clock, case.times, book.calendar) for clock in running)
    return Decided(
        unit=decision.unit,
        department=item.department,
        day=local_day(decision.at),
        under_grant=decision.delegation is not None,
        on_the_spot=case.ending is not None and case.ending.on_the_spot,
        overdue=any(end is not None and decision.at >= day_ends(end) for end in ends),
    )
