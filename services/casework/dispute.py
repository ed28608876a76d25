"""Ping-pong (踢皮球): two units give a case back and forth and no work is done on it in between. Rule 5."""

from collections.abc import Sequence

from services.casework.book import Book
from services.casework.case import Pass

GIVES_BACK = frozenset({"refusal", "return"})
AT_MOST = 2
"""Refusals and returns between the same two units; the next one goes before their superior."""


def judge(path: Sequence[Pass], worked: int, unit: str, other: str, book: Book) -> str | None:
    """Who holds the case instead, when `unit` gives it back to `other` once too often; None while it may.

    `path`: its passes so far, `worked`: how many of them there were when work was last completed.
    """
    if given_back(path, worked, unit, other) < AT_MOST:
        return None
    above = book.common_superior(unit, other)
    if above is None:
        return None
    return next((superior for superior in book.lineage(above) if book.is_open(superior)), above)


def given_back(path: Sequence[Pass], worked: int, unit: str, other: str) -> int:
    """Refusals and returns between these two, either way, after the first `worked` passes: since work was completed.

    One that became a dispute counts: a case that the superior sends to one of the two, and that this one gives back
    to the other with nothing done, comes before it again at once.
    """
    pair = {unit, other}
    return sum(_hands(passed) == pair for passed in path[worked:])


def _hands(passed: Pass) -> set[str] | None:
    if passed.instead_of is not None:
        return {passed.by, passed.instead_of[1]}
    return {passed.by, passed.to} if passed.kind in GIVES_BACK else None
