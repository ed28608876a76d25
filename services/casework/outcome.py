"""The decision and the ends of a case [38, 44]."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from contracts.case import CaseConcluded, CaseDecided, CaseTerminated, CaseWithdrawn, ResultDelivered
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.assumption import Superseded, nothing_left_open
from services.casework.book import Book
from services.casework.case import ENDED, UNDECIDED, Case, Phase
from services.casework.catalogue import item_of
from services.casework.consultation import awaited
from services.casework.delegations import authority
from services.casework.hearing import not_awaited, rests_on
from services.casework.moment import local_day, moment
from services.casework.refusals import unlawful
from services.casework.who import holding, in_phase, not_done_by, unanswered

Conclusion = Literal["issued", "denied", "done", "returned", "void", "forwarded"]
Ground = Literal["supplement_not_provided", "applicant_gone", "purpose_void", "other_law"]
How = Literal["window", "post", "online", "agent"]

FIT: Mapping[str, tuple[Conclusion, ...]] = {
    "granted": ("issued", "done"),
    "denied": ("denied",),
    "undecided": ("returned", "void", "forwarded"),
}
"""How a case may be concluded, by its decision."""


def may_decide(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "decide")
    not_done_by(case, case.decision.person if case.phase is Phase.DECIDED and case.decision else None)
    in_phase(case, frozenset({Phase.ACCEPTED}))
    item = item_of(case, book)
    if book.tier(by.unit) not in item.decidable_on:
        raise unlawful("not_decidable", case, item=case.item, tiers=", ".join(item.decidable_on))
    if case.dossier.hearing and case.dossier.hearing.fixed:
        not_awaited(case, local_day(case.last_time))
    # No act is earlier than the last event, so a grant that had ended by then does not come back.
    authority(case, by, item, book, local_day(case.last_time), or_later=True)


def decide(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    outcome: Literal["granted", "denied"],
    reason: str | None = None,
    remedies: tuple[str, ...] = (),
    without_answer: str | None = None,
    hearing: str | None = None,
) -> list[CaseDecided]:
    """Grant or deny, after acceptance, on a tier that may decide the item. A denial has a reason and remedies [38].

    By an approver of the item's department, or by a chief representative under a grant that covers the item at this
    very instant, and is named. It waits for open consultations unless it says why not (`without_answer`), and for a
    hearing that is asked for, is announced or may still be asked for; after one it rests on its record (`hearing`,
    the digest).

    Raises Unlawful `not_decidable`, `reason_and_remedies`, `not_on_the_record`, Conflict `consultations_open`,
    `hearing_awaited`, Forbidden as `authority` does.
    """
    decision = case.decision
    if decision and (decision.outcome, decision.person) == (outcome, by.subject):
        return []
    may_decide(case, by, book)
    if outcome == "denied" and not (reason and remedies):
        raise unlawful("reason_and_remedies", case)
    day = local_day(moment(case, at))
    grant = authority(case, by, item_of(case, book), book, day)
    not_awaited(case, day)
    return [
        CaseDecided(
            outcome=outcome,
            reason=reason,
            remedies=remedies,
            approver=by.subject if grant is None else None,
            delegation=grant,
            without_answer=awaited(case, without_answer),
            hearing=rests_on(case, hearing),
        )
    ]


def may_conclude(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "conclude")
    not_done_by(case, case.ending.person if case.phase is Phase.CONCLUDED and case.ending else None)
    in_phase(case, UNDECIDED | {Phase.DECIDED})


def conclude(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    outcome: Conclusion,
    on_the_spot: bool = False,
    superseded: tuple[Superseded, ...] = (),
) -> list[CaseConcluded]:
    """Close the case with an outcome that fits its decision, once every superseded act that the outside may have seen
    is adopted or revoked. Raises Unlawful `outcome_unfit`, Conflict `superseded_acts_open`."""
    ending = case.ending
    if ending and (ending.phase, ending.outcome, ending.person) == (Phase.CONCLUDED, outcome, by.subject):
        return []
    may_conclude(case, by, book)
    nothing_left_open(case, superseded)
    fit = FIT[case.decision.outcome if case.decision else "undecided"]
    if outcome not in fit:
        raise unlawful("outcome_unfit", case, outcome=outcome, fit=", ".join(fit))
    return [CaseConcluded(outcome=outcome, on_the_spot=on_the_spot)]


def may_deliver(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "deliver")
    not_done_by(case, case.delivered_by)
    in_phase(case, ENDED)


def deliver(
    case: Case, *, by: Actor, at: datetime, book: Book, how: How, to_whom: Plain | None = None
) -> list[ResultDelivered]:
    """The result, a refusal too, reaches the applicant. It erases nothing of how the case ended."""
    if case.delivered_by == by.subject:
        return []
    may_deliver(case, by, book)
    return [ResultDelivered(how=how, to_whom=to_whom)]


def may_withdraw(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "withdraw")
    not_done_by(case, case.ending.person if case.phase is Phase.WITHDRAWN and case.ending else None)
    in_phase(case, UNDECIDED)


def withdraw(case: Case, *, by: Actor, at: datetime, book: Book, request: str | None = None) -> list[CaseWithdrawn]:
    """The applicant takes the application back, before the decision. Raises Conflict `request_answered`."""
    if case.ending and (case.ending.phase, case.ending.person) == (Phase.WITHDRAWN, by.subject):
        return []
    may_withdraw(case, by, book)
    unanswered(case, request)
    return [CaseWithdrawn(request=request)]


def may_terminate(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "terminate")
    not_done_by(case, case.ending.person if case.phase is Phase.TERMINATED and case.ending else None)
    in_phase(case, UNDECIDED)


def terminate(
    case: Case, *, by: Actor, at: datetime, book: Book, ground: Ground, note: Plain | None = None
) -> list[CaseTerminated]:
    """End the case without a decision. For want of a supplement only while one is outstanding: Unlawful
    `no_supplement_outstanding`."""
    if case.ending and (case.ending.phase, case.ending.person) == (Phase.TERMINATED, by.subject):
        return []
    may_terminate(case, by, book)
    if ground == "supplement_not_provided" and not case.missing:
        raise unlawful("no_supplement_outstanding", case)
    return [CaseTerminated(ground=ground, note=note)]
