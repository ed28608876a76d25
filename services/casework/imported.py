"""History from a file: its times are the file's until it is settled (`moment` has the rule for `at`)."""

from datetime import datetime

from contracts.case import CaseSettled
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, holder
from services.casework.refusals import conflict, role_missing, unlawful
from services.casework.who import holding, not_done_by


def may_pass_time(case: Case, by: Actor, upto: datetime, now: datetime) -> None:
    """Whether the law's clock may be called for this case up to `upto`. Raises Forbidden `role_missing`, Conflict
    `not_holder`, Unlawful `at_not_imported`, `at_in_future`."""
    if "integrator" not in by.roles:
        raise role_missing({"integrator"}, case)
    if holder(case) != by.unit:
        raise conflict("not_holder", case, holder=holder(case))
    if not case.importing:
        raise unlawful("at_not_imported", case)
    if upto > now:
        raise unlawful("at_in_future", case)


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
