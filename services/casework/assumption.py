"""The city takes a case over (提级办理), and deals with what was done meanwhile on the branch that it beat."""

from dataclasses import dataclass
from datetime import datetime

from contracts.case import (
    AcceptanceDeclined,
    ActAdopted,
    ActRevoked,
    CaseDecided,
    CaseEvent,
    CertificateCorrected,
    CertificateIssued,
    CertificateRevoked,
    CustodyAssumed,
    FeePaid,
    FeeRefunded,
    NoticeIssued,
    ResultDelivered,
)
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import ENDED, NOT_ACCEPTED, Case, Phase
from services.casework.refusals import conflict, forbidden, unlawful
from services.casework.who import entitled, holding, in_phase, not_done_by

SEEN_OUTSIDE = (
    NoticeIssued,
    AcceptanceDeclined,
    CaseDecided,
    CertificateIssued,
    CertificateCorrected,
    CertificateRevoked,
    FeePaid,
    FeeRefunded,
    ResultDelivered,
)
"""Notice, decision, certificate, payment and delivery reach the applicant; everything else stayed inside."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """An event of this case that lost against an assumed custody, as the log keeps it, its sealed fields opened.

    `act`: the hash of its record, 64 hex digits. `unit`: who wrote it.
    """

    act: str
    event: CaseEvent
    unit: str


def may_assume_custody(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "assume_custody", book)
    _the_city(case, by, book)


def assume_custody(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    order: str,
    reason: str,
    override: str | None = None,
) -> list[CustodyAssumed]:
    """The city holds the case from here on, whoever held it, its own too: epoch + 1, term 0 (protocol C2, C4).

    `order` is the number of the document that says so; `override` says why it did not wait for what others may have
    written, None when all of it was read. No text goes with it: the key to seal one under comes to the holder. The
    event's epoch is the record's business: above every epoch that the service has seen of the case (C3). Raises
    Forbidden `role_missing`, `city_alone`.
    """
    last = case.last
    repeated = isinstance(last, CustodyAssumed) and (last.order, last.reason) == (order, reason)
    if repeated and case.last_person == by.subject and case.last_pass and case.last_pass.by == by.unit:
        return []
    may_assume_custody(case, by, book)
    return [CustodyAssumed(order=order, reason=reason, override=override)]


def tasks(case: Case, superseded: tuple[Superseded, ...]) -> list[Superseded]:
    """What the outside may have seen of the superseded acts and nobody has adopted or revoked yet, in their order."""
    done = {settled.act for settled in case.dealt_with}
    return [lost for lost in superseded if isinstance(lost.event, SEEN_OUTSIDE) and lost.act not in done]


def may_adopt(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "adopt")
    _the_city(case, by, book)
    _was_assumed(case)


def adopt(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    act: str,
    ground: str,
    notice: str | None = None,
    superseded: tuple[Superseded, ...] = (),
) -> list[CaseEvent]:
    """The city makes a superseded act its own: the act is written again, then ActAdopted with the hash of the beaten
    one. A decision is then the city's, by this approver.

    Raises Forbidden `city_alone`, Unlawful `act_not_superseded`, Conflict `never_assumed`, `already_done`, and
    `wrong_phase` where the case as it now lies has no room for it: what came before it has to be adopted first.
    """
    if _dealt_with(case, act, adopted=True, by=by):
        return []
    may_adopt(case, by, book)
    lost = _task(case, act, superseded)
    match lost.event:
        case AcceptanceDeclined() as again:
            in_phase(case, NOT_ACCEPTED)
        case CaseDecided() as decided:
            in_phase(case, frozenset({Phase.ACCEPTED}))
            again = decided.model_copy(update={"approver": by.subject, "delegation": None})
        case ResultDelivered() as again:
            in_phase(case, ENDED)
        case again:
            pass
    return [again, ActAdopted(act=act, ground=ground, notice=notice)]


def may_revoke(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "revoke")
    _the_city(case, by, book)
    _was_assumed(case)


def revoke(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    act: str,
    ground: str,
    notice: str,
    superseded: tuple[Superseded, ...] = (),
) -> list[ActRevoked]:
    """The city takes a superseded act back, with ground and the number of the notice that tells the applicant.

    Raises Forbidden `city_alone`, Unlawful `act_not_superseded`, Conflict `never_assumed`, `already_done`.
    """
    if _dealt_with(case, act, adopted=False, by=by):
        return []
    may_revoke(case, by, book)
    _task(case, act, superseded)
    return [ActRevoked(act=act, ground=ground, notice=notice)]


def nothing_left_open(case: Case, superseded: tuple[Superseded, ...]) -> None:
    """No case concludes over acts of which the applicant does not know whether they count. Raises Conflict
    `superseded_acts_open`."""
    if left := tasks(case, superseded):
        kinds = ", ".join(sorted({type(lost.event).__name__ for lost in left}))
        raise conflict("superseded_acts_open", case, count=str(len(left)), kinds=kinds)


def _the_city(case: Case, by: Actor, book: Book) -> None:
    if book.root != by.unit:
        raise forbidden("city_alone", case)


def _was_assumed(case: Case) -> None:
    if case.epoch == 0:
        raise conflict("never_assumed", case)


def _dealt_with(case: Case, act: str, *, adopted: bool, by: Actor) -> bool:
    return any((done.act, done.adopted, done.person) == (act, adopted, by.subject) for done in case.dealt_with)


def _task(case: Case, act: str, superseded: tuple[Superseded, ...]) -> Superseded:
    not_done_by(case, next((done.person for done in case.dealt_with if done.act == act), None))
    lost = next((lost for lost in tasks(case, superseded) if lost.act == act), None)
    if lost is None:
        raise unlawful("act_not_superseded", case, act=act)
    return lost
