"""The right to a hearing: told, used, given up, and a request for it taken back [46, 47]."""

from datetime import date, datetime
from typing import get_args

from contracts.case import (
    CaseResumed,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    HearingWaived,
    Party,
)
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Phase
from services.casework.dossier import Hearing
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict, unlawful
from services.casework.suspension import time_counts_again
from services.casework.who import holding, in_phase, not_done_by

ASK_WITHIN = 5
"""Working days to ask for the hearing, after the day on which the right to it was told [47]."""
GROUND = "hearing"
"""For which time is suspended [45]."""
PARTIES: tuple[Party, ...] = get_args(Party)


def may_offer_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "offer_hearing")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    hearing = case.dossier.hearing
    not_done_by(case, (hearing.offered or hearing.held) if hearing else None)


def offer_hearing(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    reason: str,
    told: tuple[Party, ...] = ("applicant", "interested_party"),
) -> list[HearingOffered]:
    """Tell those concerned of their right to a hearing; they have five working days to ask for it [47]."""
    hearing = case.dossier.hearing
    if hearing and (hearing.reason, hearing.offered, set(hearing.told)) == (reason, by.subject, set(told)):
        return []
    may_offer_hearing(case, by, book)
    answer_by = book.calendar.nth(local_day(moment(case, at)), ASK_WITHIN)
    return [HearingOffered(reason=reason, answer_by=answer_by, told=told)]


def may_request_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "request_hearing")
    hearing = _offered(case)
    if hearing.requested.keys() | hearing.taken_back.keys() >= set(PARTIES):
        _has_not_asked(case, hearing, PARTIES[0])


def _offered(case: Case) -> Hearing:
    """The hearing to which the right was told. Raises Conflict `wrong_phase`, `no_hearing_offered`, `already_done` when
    it was held."""
    in_phase(case, frozenset({Phase.ACCEPTED}))
    hearing = case.dossier.hearing
    if hearing is None or hearing.offered is None:
        raise conflict("no_hearing_offered", case)
    not_done_by(case, hearing.held)
    return hearing


def _has_not_asked(case: Case, hearing: Hearing, party: Party) -> None:
    not_done_by(case, hearing.requested.get(party))
    if party in hearing.taken_back:
        raise conflict("hearing_taken_back", case)


def may_still_ask(case: Case, day: date, party: Party) -> None:
    """Whether this party may ask for the hearing on this local day [47], whoever else did. Raises what the offer's
    state forbids, Conflict `already_done`, `hearing_taken_back`, Unlawful `hearing_too_late`."""
    hearing = _offered(case)
    _has_not_asked(case, hearing, party)
    if hearing.answer_by is not None and day > hearing.answer_by:
        raise unlawful("hearing_too_late", case, day=hearing.answer_by.isoformat())


def request_hearing(case: Case, *, by: Actor, at: datetime, book: Book, party: Party) -> list[HearingRequested]:
    """Somebody asks for the hearing that was offered; it is then held within 20 working days [47], without cost. Each
    party may, so that nobody loses the hearing when another takes the request back.

    Raises Conflict `no_hearing_offered`, `hearing_taken_back`, Unlawful `hearing_too_late`.
    """
    hearing = case.dossier.hearing
    if hearing is not None and hearing.requested.get(party) == by.subject:
        return []
    may_request_hearing(case, by, book)
    may_still_ask(case, local_day(moment(case, at)), party)
    return [HearingRequested(party=party)]


def may_withdraw_hearing_request(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "withdraw_hearing_request")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    hearing = case.dossier.hearing
    if hearing is not None and not hearing.requested:
        not_done_by(case, next(iter(hearing.taken_back.values()), None))
    _request_stands(case, next(iter(hearing.requested), None) if hearing else None)


def _request_stands(case: Case, party: Party | None) -> Hearing:
    """The hearing for which this party asks. Raises Conflict `hearing_not_requested`, `hearing_held`."""
    hearing = case.dossier.hearing
    if hearing is None or party not in hearing.requested:
        raise conflict("hearing_not_requested", case)
    if hearing.held is not None:
        raise conflict("hearing_held", case)
    return hearing


def may_take_back(case: Case, party: Party) -> None:
    """Whether this party's request may be taken back. Raises Conflict `wrong_phase`, `hearing_not_requested`,
    `hearing_held`."""
    in_phase(case, frozenset({Phase.ACCEPTED}))
    _request_stands(case, party)


def withdraw_hearing_request(
    case: Case, *, by: Actor, at: datetime, book: Book, party: Party, digest: str
) -> list[HearingRequestWithdrawn | CaseResumed]:
    """Who asked for the hearing takes that back in writing, for good (ours). The office owes it no hearing any more;
    what was announced is held or called off.

    Raises Conflict `hearing_not_requested`, `hearing_held`.
    """
    hearing = case.dossier.hearing
    taken_back = hearing.taken_back.get(party) if hearing else None
    if taken_back == by.subject:
        return []
    may_withdraw_hearing_request(case, by, book)
    not_done_by(case, taken_back)
    return taken_back_by(case, HearingRequestWithdrawn(party=party, digest=digest))


def taken_back_by(case: Case, taken_back: HearingRequestWithdrawn) -> list[HearingRequestWithdrawn | CaseResumed]:
    """What is written when a request is taken back. If no hearing is left to be held, time that was suspended for it
    counts again with the same act. Raises Conflict `hearing_not_requested`, `hearing_held`."""
    hearing = _request_stands(case, taken_back.party)
    if hearing.announced is not None or hearing.requested.keys() - {taken_back.party}:
        return [taken_back]
    return [taken_back, *time_counts_again(case, GROUND)]


def may_waive_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "waive_hearing")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    hearing = case.dossier.hearing
    if hearing is None or hearing.offered is None:
        raise conflict("no_hearing_offered", case)
    if hearing.fixed or hearing.held is not None:
        raise conflict("hearing_fixed", case)


def waive_hearing(case: Case, *, by: Actor, at: datetime, book: Book, party: Party, digest: str) -> list[HearingWaived]:
    """A party who was told of the right says in writing that no hearing is wanted. Once all have, the decision need not
    wait for the five days (ours); who thinks better of it in time, and before the decision, may still ask.

    Raises Conflict `no_hearing_offered`, `hearing_fixed` (one was asked for or announced), Unlawful `party_not_told`.
    """
    hearing = case.dossier.hearing
    if hearing is not None and hearing.waived.get(party) == by.subject:
        return []
    may_waive_hearing(case, by, book)
    assert hearing is not None
    if party not in hearing.told:
        raise unlawful("party_not_told", case)
    not_done_by(case, hearing.waived.get(party) or hearing.taken_back.get(party))
    return [HearingWaived(party=party, digest=digest)]
