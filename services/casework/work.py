"""Steps of the work on a case. They are allowed from receipt until the case ends, and may be done more than once."""

from datetime import datetime

from contracts.case import StepCompleted, StepStarted
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import UNDECIDED, Case, OpenStep, Phase
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by

WORKED_ON = UNDECIDED | {Phase.DECIDED}


def may_start_step(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "start_step")
    in_phase(case, WORKED_ON)


def start_step(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    step: str,
    section: str | None = None,
    persons: tuple[str, ...] = (),
) -> list[StepStarted]:
    """Begin a step. Raises Conflict `step_open` while it runs, Unlawful `two_persons` for a site check [34]."""
    running = _running(case, step)
    if running is not None and running.person == by.subject:
        return []
    may_start_step(case, by, book)
    if running is not None:
        raise conflict("step_open", case, step=step, person=running.person)
    _witnessed(case, step, persons, book)
    return [StepStarted(step=step, section=section, persons=persons)]


def may_complete_step(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "complete_step")
    in_phase(case, WORKED_ON)


def complete_step(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    step: str,
    outcome: str,
    section: str | None = None,
    persons: tuple[str, ...] = (),
    note: Plain | None = None,
) -> list[StepCompleted]:
    """End a step, by anybody of the unit; section and persons are those it was started with unless others are said.

    A step of one moment needs no start. Imported history repeats steps, and each row of it counts; elsewhere the
    same step completed again at once is a repetition. Raises Unlawful `two_persons` for a site check [34].
    """
    running = _running(case, step)
    repeated = running is None and not case.importing and _just_completed(case, step, outcome)
    if repeated and case.last_person == by.subject:
        return []
    may_complete_step(case, by, book)
    not_done_by(case, case.last_person if repeated else None)
    if running is not None:
        section, persons = section or running.section, persons or running.persons
    _witnessed(case, step, persons, book)
    return [StepCompleted(step=step, outcome=outcome, section=section, persons=persons, note=note)]


def _running(case: Case, step: str) -> OpenStep | None:
    return next((running for running in case.open_steps if running.step == step), None)


def _just_completed(case: Case, step: str, outcome: str) -> bool:
    last = case.last
    return isinstance(last, StepCompleted) and (last.step, last.outcome) == (step, outcome)


def _witnessed(case: Case, step: str, persons: tuple[str, ...], book: Book) -> None:
    """A step that the catalogue marks as a site check names two persons."""
    item = book.item(case.item, case.item_version)
    site_check = item is not None and any(known.code == step and known.site_check for known in item.steps)
    if site_check and len(set(persons)) < 2:
        raise unlawful("two_persons", case, step=step)
