"""Who may read what lies sealed in a case: the applicant, and every text that a person typed."""

from services.casework.actor import Actor, Role
from services.casework.case import Case, holder
from services.casework.refusals import conflict, not_found, role_missing

READERS: frozenset[Role] = frozenset({"clerk", "approver", "head", "chief_representative"})


def may_read_texts(case: Case, by: Actor) -> None:
    """Whoever works at the unit that holds the case or is offered it, or at one whose answer is waited for; an earlier
    holder has no reason any more (ours). Raises NotFound for a unit that never had it nor was asked, Forbidden
    `role_missing`, Conflict `not_holder`."""
    if by.unit not in case.known | case.dossier.consulted:
        raise not_found("case_unknown")
    if not by.roles & READERS:
        raise role_missing(READERS, case)
    asked = any(consultation.unit == by.unit for consultation in case.consultations)
    if holder(case) != by.unit and not asked:
        raise conflict("not_holder", case, holder=holder(case))
