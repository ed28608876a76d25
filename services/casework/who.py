"""Who may do what: the role for each act, and the custody that each act needs. Every act asks here first."""

from collections.abc import Mapping
from typing import assert_never

from services.casework.actor import Actor, Role
from services.casework.book import Book
from services.casework.case import Case, Held, Offered, Phase, holder
from services.casework.names import PHASES
from services.casework.refusals import Forbidden, conflict, not_found, role_missing

AGENTS: frozenset[Role] = frozenset({"agent", "clerk", "approver"})
CLERKS: frozenset[Role] = frozenset({"clerk", "approver"})
APPROVERS: frozenset[Role] = frozenset({"approver"})
DECIDERS: frozenset[Role] = frozenset({"approver", "chief_representative"})
SUPERVISORS: frozenset[Role] = frozenset({"supervisor"})
HEADS: frozenset[Role] = frozenset({"head", "government_head"})
INTEGRATORS: frozenset[Role] = frozenset({"integrator"})

ROLES: Mapping[str, frozenset[Role]] = {
    "receive": AGENTS,
    "claim": AGENTS,
    "assign": APPROVERS | HEADS,
    "release": AGENTS,
    "request_supplement": AGENTS,
    "receive_supplement": AGENTS,
    "accept": CLERKS,
    "decline": CLERKS,
    "start_step": CLERKS,
    "complete_step": CLERKS,
    "suspend": CLERKS,
    "resume": CLERKS,
    "extend": HEADS,
    "refer": AGENTS,
    "acknowledge": CLERKS,
    "refuse": CLERKS,
    "return": CLERKS,
    "request_recall": CLERKS,
    "request_withdrawal": AGENTS,
    "submit_supplement": AGENTS,
    "request_urging": SUPERVISORS,
    "open_consultation": CLERKS,
    "answer_consultation": CLERKS,
    "submit_consultation_answer": CLERKS,
    "hear_parties": CLERKS,
    "offer_hearing": CLERKS,
    "request_hearing": AGENTS,
    "withdraw_hearing_request": CLERKS,
    "waive_hearing": CLERKS,
    "announce_hearing": CLERKS,
    "call_off_hearing": CLERKS,
    "hold_hearing": CLERKS,
    "issue_notice": CLERKS,
    "issue_certificate": CLERKS,
    "correct_certificate": APPROVERS,
    "revoke_certificate": APPROVERS,
    "assess_fee": CLERKS,
    "pay_fee": CLERKS,
    "waive_fee": APPROVERS | HEADS,
    "refund_fee": CLERKS,
    "correct": APPROVERS,
    "reopen": APPROVERS | HEADS,
    "archive": CLERKS,
    "order_supervision": SUPERVISORS,
    "submit_supervision_answer": CLERKS | HEADS,
    "assume_custody": SUPERVISORS | HEADS,
    "adopt": APPROVERS,
    "revoke": APPROVERS,
    "decline_request": CLERKS,
    "decide": DECIDERS,
    "conclude": CLERKS,
    "deliver": CLERKS,
    "withdraw": CLERKS,
    "terminate": CLERKS,
    "settle": INTEGRATORS,
}
"""An act's roles; one of them is enough."""


def has_role(by: Actor, act: str, case: Case | None = None) -> None:
    """Raises Forbidden `role_missing`."""
    if not by.roles & ROLES[act]:
        raise lacking(act, case)


def lacking(act: str, case: Case | None = None) -> Forbidden:
    """The refusal of whoever has none of the act's roles."""
    return role_missing(ROLES[act], case)


FROM_ABOVE = frozenset({"assume_custody", "order_supervision", "request_urging"})
"""Acts on cases that a unit never had and that lie below it."""


def entitled(case: Case, by: Actor, act: str, book: Book | None = None) -> None:
    """Raises NotFound for a unit to which the case does not exist, Forbidden for a person without the role.

    It exists for the units that ever could write; and, with the `book` to see where they stand, for those above them
    that look after it, and for one that is asked for an answer.
    """
    if by.unit not in case.known and not (book is not None and _concerned(case, by.unit, act, book)):
        raise not_found("case_unknown")
    has_role(by, act, case)


def _concerned(case: Case, unit: str, act: str, book: Book) -> bool:
    if act == "submit_consultation_answer":
        return unit in case.dossier.consulted
    return act in FROM_ABOVE and any(book.is_above(unit, known) for known in case.known)


AFTER_ARCHIVING = frozenset({"archive", "reopen", "decline_request", "settle"})
"""Acts on a case whose papers are laid away; a request ends in an event even then."""


def holding(case: Case, by: Actor, act: str) -> None:
    """Only the holder writes, and not before it has taken the case. Raises Conflict `not_holder`,
    `not_acknowledged`, `archived`, and what `entitled` raises."""
    entitled(case, by, act)
    match case.custody:
        case Held(unit=unit) if unit == by.unit:
            if case.dossier.archived is not None and act not in AFTER_ARCHIVING:
                raise conflict("archived", case, person=case.dossier.archived)
            return
        case Offered(by=sender, to=to) if to == by.unit:
            raise conflict("not_acknowledged", case, by=sender)
        case Held() | Offered():
            raise conflict("not_holder", case, holder=holder(case))
        case _:
            assert_never(case.custody)


def in_phase(case: Case, phases: frozenset[Phase]) -> None:
    """Raises Conflict `wrong_phase`."""
    if case.phase not in phases:
        raise conflict("wrong_phase", case, phase=PHASES[case.phase])


def unanswered(case: Case, request: str | None) -> None:
    """A request is answered once. Raises Conflict `request_answered`."""
    if request is not None and (answer := case.answer(request)):
        raise conflict("request_answered", case, person=answer.person)


def not_done_by(case: Case, person: str | None) -> None:
    """Raises Conflict `already_done` when somebody did what is asked for; None: nobody did."""
    if person is not None:
        raise conflict("already_done", case, person=person)
