"""A unit that passed a case on asks for it back, and the holder answers. Every request ends in an event (rule 3)."""

from datetime import datetime

from contracts.case import ReferralRecalled, RequestDeclined
from contracts.case.outcome import RequestKind
from contracts.requests import RecallRequested
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import UNDECIDED, Case, Offered, holder
from services.casework.refusals import conflict
from services.casework.who import entitled, holding, in_phase

STALE = "custody_moved_on"
"""Ground of a recall asked under another term than the present one."""
NOT_SENDER = "not_the_sender"
REFERRALS = frozenset({"forward_up", "preliminary_review", "transfer", "assign_down"})


def may_request_recall(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "request_recall")
    in_phase(case, UNDECIDED)
    last = case.last_pass
    if last is None or last.by != by.unit or last.kind not in REFERRALS:
        raise conflict("nothing_to_recall", case)


def request_recall(case: Case, *, by: Actor, at: datetime, book: Book, reason: str) -> list[RecallRequested]:
    """Ask for the case back; written into a request stream of one's own, for the present term only (R1, R2).

    Raises Conflict `nothing_to_recall` when the last pass is no referral by this unit.
    """
    may_request_recall(case, by, book)
    return [RecallRequested(case=case.number, epoch=case.epoch, term=case.term, reason=reason)]


def grant_recall(
    case: Case, *, unit: str, request: str, asker: str, epoch: int, term: int
) -> list[ReferralRecalled | RequestDeclined]:
    """What the service of the holder `unit` answers by itself to the recall `request` of unit `asker`.

    Before acknowledgement, in exactly the term asked, the sender gets the case back; a recall under another term, or
    by another than the sender, is declined. `[]` when it is answered already, when `unit` is not the holder, or when
    the case was acknowledged: then a person returns it or declines.
    """
    if case.answer(request) or holder(case) != unit:
        return []
    if (epoch, term) != (case.epoch, case.term):
        return [RequestDeclined(request=request, asked="recall", ground=STALE)]
    last = case.last_pass
    if last is None or last.by != asker:
        return [RequestDeclined(request=request, asked="recall", ground=NOT_SENDER)]
    if not isinstance(case.custody, Offered):
        return []
    return [ReferralRecalled(to=case.custody.by, request=request)]


def may_decline_request(case: Case, by: Actor, book: Book) -> None:
    if isinstance(case.custody, Offered) and holder(case) == by.unit:
        entitled(case, by, "decline_request")
    else:
        holding(case, by, "decline_request")


def decline_request(
    case: Case, *, by: Actor, at: datetime, book: Book, request: str, asked: RequestKind, ground: str
) -> list[RequestDeclined]:
    """End a request without what it asked for. While the case is only offered here, other requests than a recall
    wait for the acknowledgement: Conflict `not_acknowledged`. Raises Conflict `request_answered`."""
    if (answer := case.answer(request)) and answer.person == by.subject and isinstance(case.last, RequestDeclined):
        return []
    may_decline_request(case, by, book)
    if answer:
        raise conflict("request_answered", case, person=answer.person)
    if asked != "recall":
        holding(case, by, "decline_request")
    return [RequestDeclined(request=request, asked=asked, ground=ground)]
