"""Missing papers: asked for once and all together, brought in, and never asked for again [32, 35]."""

from datetime import datetime

from contracts.case import Material, MissingMaterial, SupplementReceived, SupplementRequested
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import NOT_ACCEPTED, Case, Phase
from services.casework.catalogue import item_of
from services.casework.fold import with_materials
from services.casework.lapse import accepted_by_law
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by, unanswered

MISSING = "missing"
"""The reason code of a paper that is not there; every other reason says what is wrong with one that is."""


def may_request_supplement(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "request_supplement")
    in_phase(case, NOT_ACCEPTED)


def request_supplement(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    items: tuple[MissingMaterial, ...],
    note: Plain | None = None,
) -> list[SupplementRequested]:
    """Tell the applicant once of everything that is missing or wrong [32(4)].

    The first request names every required paper that the applicant has to bring and the dossier lacks; a later one
    may name only what the first named. Papers in the dossier are asked for again only with a reason why they are
    wrong [35]. Not later than five working days after the receipt, or after the papers asked for came in: then the
    law has accepted. Raises Unlawful `not_all_at_once`, `not_named_before`, `in_dossier`, `accepted_by_law`.
    """
    may_request_supplement(case, by, book)
    kinds = {paper.kind for paper in items}
    if case.phase is Phase.SUPPLEMENT_REQUESTED and case.supplement and set(items) == set(case.supplement.missing):
        if case.supplement.person == by.subject:
            return []
        not_done_by(case, case.supplement.person)
    if (lawful := accepted_by_law(case, book, moment(case, at))) is not None:
        raise unlawful("accepted_by_law", case, day=lawful.isoformat())
    held = {material.kind for material in case.materials}
    if again := sorted(paper.kind for paper in items if paper.reason == MISSING and paper.kind in held):
        raise unlawful("in_dossier", case, kinds=_where(case, again))
    if case.supplement is not None:
        if new := sorted(kinds - case.supplement.asked):
            raise unlawful("not_named_before", case, kinds=", ".join(new))
    else:
        needed = {m.kind for m in item_of(case, book).materials if m.required and m.source == "applicant"}
        if left_out := sorted(needed - held - kinds):
            raise unlawful("not_all_at_once", case, kinds=", ".join(left_out))
    return [SupplementRequested(missing=items, note=note)]


def _where(case: Case, kinds: list[str]) -> tuple[str, str]:
    """Each paper with the unit that has filed it and the day."""
    found = [next(filed for filed in case.times.filed if filed.kind == kind) for kind in kinds]
    days = [local_day(filed.at).isoformat() for filed in found]
    said = list(zip(found, days, strict=True))
    return (
        "、".join(f"{filed.kind}（{filed.unit} 于 {day} 收存）" for filed, day in said),
        ", ".join(f"{filed.kind} (filed by {filed.unit} on {day})" for filed, day in said),
    )


def may_receive_supplement(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "receive_supplement")
    in_phase(case, NOT_ACCEPTED)
    if not case.missing:
        raise conflict("nothing_asked", case)


def receive_supplement(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    materials: tuple[Material, ...],
    request: str | None = None,
    handed_in: datetime | None = None,
) -> list[SupplementReceived]:
    """Papers come in; `request` names the citizen's request that brought them, made at `handed_in` as its own record
    says: from then the office's time runs [32(5)], however long the request waited. A paper that the dossier already
    holds is welcome and not counted twice."""
    last = case.last
    repeated = isinstance(last, SupplementReceived) and last.materials == materials
    if repeated and case.last_person == by.subject:
        return []
    may_receive_supplement(case, by, book)
    unanswered(case, request)
    not_done_by(case, case.last_person if repeated else None)
    in_hand = {material.kind for material in with_materials((), materials)}
    still = tuple(paper.kind for paper in case.missing if paper.kind not in in_hand)
    came = None if handed_in is None else case.times.handed_in(handed_in, moment(case, at))
    missing = tuple(dict.fromkeys(still))
    return [SupplementReceived(materials=materials, missing=missing, request=request, handed_in=came)]
