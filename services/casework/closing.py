"""After the end: a clerical error is corrected, a case is reopened, its papers are archived."""

from datetime import datetime
from typing import Literal, get_args

from pydantic.fields import FieldInfo

from contracts.case import CaseArchived, CaseCorrected, CaseEvent, CaseReopened
from contracts.fields import SEALED, Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import ENDED, Case, Phase
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by

ReopeningGround = Literal["reconsideration", "court", "own_correction"]
CLERICAL = frozenset({"section", "persons", "seal", "terminal", "voucher", "document", "shelf"})
"""Open fields of which a slip of the pen changes nothing; whatever custody, phase, money or a limit depends on is no
clerical matter. Texts that somebody typed may always be corrected."""


def may_correct(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "correct")


def correct(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    of: str,
    field: str,
    value: Plain,
    ground: str,
    corrected: CaseEvent | None = None,
) -> list[CaseCorrected]:
    """Say the right value of a field of the event whose record has the hash `of`; that event stays as it is.

    `corrected`: that event, as this case's live branch has it. The value travels sealed, so that a correction that is
    repeated under another key is another correction. Raises Unlawful `record_unknown`, `not_clerical`.
    """
    may_correct(case, by, book)
    if corrected is None:
        raise unlawful("record_unknown", case, record=of)
    found = type(corrected).model_fields.get(field)
    if found is None or not (field in CLERICAL or _typed(found)):
        raise unlawful("not_clerical", case, field=field)
    return [CaseCorrected(of=of, field=field, value=value, ground=ground)]


def _typed(field: FieldInfo) -> bool:
    """Whether it holds a text that somebody typed, or may."""
    inner = (getattr(part, "__metadata__", ()) for part in get_args(field.annotation))
    return any(SEALED in said for said in (field.metadata, *inner))


def may_reopen(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "reopen")
    not_done_by(case, case.last_person if isinstance(case.last, CaseReopened) else None)
    in_phase(case, ENDED | {Phase.DECIDED, Phase.DELIVERED})


def reopen(
    case: Case, *, by: Actor, at: datetime, book: Book, ground: ReopeningGround, document: str
) -> list[CaseReopened]:
    """After reconsideration, judgment or the office's own finding the case lies with its last holder again: accepted,
    or received when it never was; decision, ending and delivery are gone, every limit runs anew from this day.
    `document`: the number of the paper that orders it."""
    last = case.last
    if isinstance(last, CaseReopened) and (last.ground, last.document, case.last_person) == (
        ground,
        document,
        by.subject,
    ):
        return []
    may_reopen(case, by, book)
    return [CaseReopened(ground=ground, document=document)]


def may_archive(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "archive")
    not_done_by(case, case.dossier.archived)
    in_phase(case, ENDED | {Phase.DELIVERED})
    if case.phase is Phase.CONCLUDED and case.decision is not None:
        raise conflict("not_delivered", case)


def archive(case: Case, *, by: Actor, at: datetime, book: Book, retention_years: int, shelf: str) -> list[CaseArchived]:
    """Lay the papers away, for so many years from the end of the case. Nothing is written on it afterwards unless it
    is reopened. Raises Conflict `not_delivered` while a decision has not reached the applicant."""
    if case.dossier.archived == by.subject:
        return []
    may_archive(case, by, book)
    return [CaseArchived(retention_years=retention_years, shelf=shelf)]
