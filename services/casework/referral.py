"""Custody passes on: a unit refers, the other acknowledges or refuses; a custodian returns. The referral protocol."""

from datetime import datetime

from contracts.case import (
    CaseDisputed,
    CaseReferred,
    CaseReturned,
    HandoverArrived,
    ReferralAcknowledged,
    ReferralRefused,
)
from contracts.case.custody import ReferralKind, RefusalGround, ReturnPurpose
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import RANK, Book
from services.casework.case import ENDED, UNDECIDED, Case, Held, Offered, PassKind, Phase, holder
from services.casework.catalogue import item_of, offers, open_unit
from services.casework.dispute import judge
from services.casework.refusals import conflict, unlawful
from services.casework.who import entitled, holding, in_phase, not_done_by, unanswered

WITH_RESULT = ENDED | {Phase.DECIDED}


def may_refer(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "refer")
    in_phase(case, UNDECIDED)


def refer(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    to: str,
    kind: ReferralKind,
    reason: str,
    opinion: Plain | None = None,
) -> list[CaseReferred]:
    """Offer the case to `to`; with assign_down `to` holds it at once (rules 1, 4, 6, 7).

    forward_up and preliminary_review go to a higher tier or a unit above, the latter with an opinion; assign_down,
    which cannot be refused, only below one's own unit. Raises Unlawful `to_itself`, `unit_unknown`, `unit_closed`,
    `unit_lacks_item`, `not_above`, `not_below`, `opinion_missing`.
    """
    if _just_passed(case, by, kind, to):
        return []
    may_refer(case, by, book)
    _other_open_unit(case, by, to, book)
    offers(to, case.item, item_of(case, book), book, case)
    if kind == "assign_down" and not book.is_above(by.unit, to):
        raise unlawful("not_below", case, unit=to)
    if kind in ("forward_up", "preliminary_review") and not _upward(by.unit, to, book):
        raise unlawful("not_above", case, unit=to)
    if kind == "preliminary_review" and opinion is None:
        raise unlawful("opinion_missing", case)
    return [CaseReferred(to=to, referral=kind, reason=reason, opinion=opinion)]


def arrive(case: Case, *, unit: str, pass_hash: bytes) -> list[HandoverArrived]:
    """What the service of `unit` writes by itself once it has the whole case, after every pass (rule 2).

    `pass_hash`: 32 bytes, of the record that brought custody here. `[]` when that is not the last pass, when its
    arrival is written, or when `unit` does not hold the case.
    """
    last = case.last_pass
    if holder(case) != unit or case.arrived or last is None or last.hash != pass_hash:
        return []
    return [HandoverArrived(handover=pass_hash.hex())]


def may_acknowledge(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "acknowledge")
    _offered_here(case, by)


def acknowledge(case: Case, *, by: Actor, at: datetime, book: Book) -> list[ReferralAcknowledged]:
    """Take custody of what was offered to `by.unit`. Raises Conflict `not_offered`, `already_done`."""
    if case.custody == Held(by.unit, by.subject):
        return []
    may_acknowledge(case, by, book)
    return [ReferralAcknowledged(person=by.subject)]


def may_refuse(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "refuse")
    _offered_here(case, by)


def refuse(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    ground: RefusalGround,
    note: Plain | None = None,
) -> list[ReferralRefused | CaseDisputed]:
    """Do not take a referral: the sender holds the case again at once (rules 2, 4); after the third refusal or return
    between the two units with no work in between their common superior does (rule 5)."""
    if _just_passed(case, by, "refusal", None):
        return []
    may_refuse(case, by, book)
    sender = _sender(case)
    if superior := judge(case.path, case.worked, by.unit, sender, book):
        return [CaseDisputed(to=superior, between=sender, carries="refusal", ground=ground, note=note)]
    return [ReferralRefused(to=sender, ground=ground, note=note)]


def may_return(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "return")
    in_phase(case, UNDECIDED | WITH_RESULT)


def return_case(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    to: str,
    purpose: ReturnPurpose,
    note: Plain | None = None,
    request: str | None = None,
) -> list[CaseReturned | CaseDisputed]:
    """Give the case back to an earlier custodian, who holds it at once (rules 4, 7).

    A result goes home (deliver_result) once there is one and until it is delivered; every other purpose ends with
    the decision. `request` names the recall that this answers (rule 3). The third refusal or return between the two
    with no work in between goes before their common superior (rule 5), but not what the other side asked for.
    Raises Conflict `wrong_phase`, `request_answered`, Unlawful `to_itself`, `unit_unknown`, `unit_closed`,
    `never_custodian`.
    """
    if _just_passed(case, by, "return", to):
        return []
    may_return(case, by, book)
    in_phase(case, WITH_RESULT if purpose == "deliver_result" else UNDECIDED)
    unanswered(case, request)
    _other_open_unit(case, by, to, book)
    if to not in case.custodians:
        raise unlawful("never_custodian", case, unit=to)
    if request is None and (superior := judge(case.path, case.worked, by.unit, to, book)):
        return [CaseDisputed(to=superior, between=to, carries="return", ground=purpose, note=note)]
    return [CaseReturned(to=to, purpose=purpose, note=note, request=request)]


def _just_passed(case: Case, by: Actor, kind: PassKind, to: str | None) -> bool:
    """Whether the last pass is this very one by this very person; `to` None: to whomever."""
    last = case.last_pass
    if last is None or (last.by, last.person) != (by.unit, by.subject):
        return False
    was, went = last.instead_of or (last.kind, last.to)
    return was == kind and to in (None, went)


def _upward(unit: str, to: str, book: Book) -> bool:
    here, there = book.tier(unit), book.tier(to)
    return book.is_above(to, unit) or (here is not None and there is not None and RANK[there] > RANK[here])


def _other_open_unit(case: Case, by: Actor, to: str, book: Book) -> None:
    if to == by.unit:
        raise unlawful("to_itself", case)
    open_unit(to, book, case)


def _offered_here(case: Case, by: Actor) -> None:
    match case.custody:
        case Offered(to=to) if to == by.unit:
            return
        case Held(unit=unit, person=person) if unit == by.unit and isinstance(case.last, ReferralAcknowledged):
            not_done_by(case, person)
        case Held() | Offered() if holder(case) != by.unit:
            raise conflict("not_holder", case, holder=holder(case))
        case Held() | Offered():
            pass
    raise conflict("not_offered", case)


def _sender(case: Case) -> str:
    assert isinstance(case.custody, Offered)
    return case.custody.by
