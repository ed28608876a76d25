"""History from a file: its times are the file's until it is settled (`moment` has the rule for `at`)."""

from datetime import datetime

from contracts.case import CaseSettled
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case
from services.casework.refusals import unlawful
from services.casework.who import holding, not_done_by


def may_settle(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "settle")
    if not case.imported:
        raise unlawful("not_imported", case)
    not_done_by(case, case.settled_by)


def settle(case: Case, *, by: Actor, at: datetime, book: Book) -> list[CaseSettled]:
    """The import of this case is complete: from here the wall clock counts. Raises Unlawful `not_imported`."""
    if case.settled_by == by.subject:
        return []
    may_settle(case, by, book)
    return [CaseSettled()]
