"""Applicant and interested parties are heard [36]; a hearing is offered, asked for, held or called off [46-48]."""

from datetime import date, datetime, timedelta
from typing import get_args

from contracts.case import (
    CaseResumed,
    HearingAnnounced,
    HearingCalledOff,
    HearingHeld,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    HearingWaived,
    PartiesHeard,
    Party,
)
from contracts.fields import Plain
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import UNDECIDED, Case, Phase
from services.casework.dossier import Hearing
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict, unlawful
from services.casework.who import holding, in_phase, not_done_by

ASK_WITHIN = 5
"""Working days to ask for the hearing, after the day on which the right to it was told [47]."""
ANNOUNCE_AHEAD = 7
"""Working days between the notice of the hearing and the hearing, neither day counted [48(1), 82]."""
GROUND = "hearing"
"""For which time is suspended [45]."""
PARTIES: tuple[Party, ...] = get_args(Party)


def may_hear_parties(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "hear_parties")
    in_phase(case, UNDECIDED)


def hear_parties(
    case: Case, *, by: Actor, at: datetime, book: Book, parties: int, note: Plain | None = None
) -> list[PartiesHeard]:
    """So many were heard before the decision, with what they said [36]."""
    last = case.last
    repeated = isinstance(last, PartiesHeard) and last.parties == parties
    if repeated and case.last_person == by.subject:
        return []
    may_hear_parties(case, by, book)
    not_done_by(case, case.last_person if repeated else None)
    return [PartiesHeard(parties=parties, note=note)]


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
    return [taken_back, *_time_counts_again(case)]


def _time_counts_again(case: Case) -> list[CaseResumed]:
    running = case.times.suspended
    return [CaseResumed(ground=GROUND)] if running is not None and running.ground == GROUND else []


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


def may_announce_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "announce_hearing")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    not_done_by(case, case.dossier.hearing.held if case.dossier.hearing else None)


def announce_hearing(
    case: Case, *, by: Actor, at: datetime, book: Book, hold_on: date, place: str
) -> list[HearingAnnounced]:
    """Tell those concerned when and where it will be held, asked for or not; seven whole working days lie between
    [48(1)]. Another day or place is told as long before. Raises Unlawful `hearing_too_soon`."""
    hearing = case.dossier.hearing
    known = hearing.announced if hearing else None
    same = known is not None and (known.hold_on, known.place) == (hold_on, place)
    if known is not None and same and known.person == by.subject:
        return []
    may_announce_hearing(case, by, book)
    not_done_by(case, known.person if known is not None and same else None)
    first = book.calendar.nth(local_day(moment(case, at)), ANNOUNCE_AHEAD) + timedelta(days=1)
    if hold_on < first:
        raise unlawful("hearing_too_soon", case, first=first.isoformat())
    return [HearingAnnounced(hold_on=hold_on, place=place)]


def may_call_off_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "call_off_hearing")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    hearing = case.dossier.hearing
    if hearing is None:
        raise conflict("nothing_to_call_off", case)
    if hearing.held is not None:
        raise conflict("hearing_held", case)
    if hearing.announced is None:
        not_done_by(case, hearing.called_off)
        raise conflict("nothing_to_call_off", case)
    if hearing.requested:
        raise conflict("hearing_requested", case)


def call_off_hearing(
    case: Case, *, by: Actor, at: datetime, book: Book, reason: str
) -> list[HearingCalledOff | CaseResumed]:
    """The hearing that was announced is not held: nobody had asked for it [46], or who had has taken that back. Time
    that was suspended for it counts again with the same act.

    Who was told of the right while a hearing stood announced had no need to ask; whoever has not given the right up
    gets five working days anew (ours). Raises Conflict `hearing_requested`, `hearing_held`, `nothing_to_call_off`.
    """
    hearing = case.dossier.hearing
    if hearing is not None and hearing.called_off == by.subject:
        return []
    may_call_off_hearing(case, by, book)
    assert hearing is not None
    anew = book.calendar.nth(local_day(moment(case, at)), ASK_WITHIN) if hearing.relied_on else None
    return [HearingCalledOff(reason=reason, answer_by=anew), *_time_counts_again(case)]


def may_hold_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "hold_hearing")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    hearing = case.dossier.hearing
    not_done_by(case, hearing.held if hearing else None)
    if hearing is None or hearing.announced is None:
        raise conflict("hearing_not_announced", case)


def hold_hearing(case: Case, *, by: Actor, at: datetime, book: Book, held_on: date, record: str) -> list[HearingHeld]:
    """The hearing was held, asked for or by the office itself [46], on the day that was announced; from now on the
    decision rests on its record [48].

    Raises Conflict `hearing_not_announced`, Unlawful `hearing_day`, `hearing_on_another_day`.
    """
    hearing = case.dossier.hearing
    if hearing is not None and (hearing.record, hearing.held) == (record, by.subject):
        return []
    may_hold_hearing(case, by, book)
    first, today = local_day(case.received_at), local_day(moment(case, at))
    if not first <= held_on <= today:
        raise unlawful("hearing_day", case, first=first.isoformat(), last=today.isoformat())
    assert hearing is not None
    assert hearing.announced is not None
    if held_on != hearing.announced.hold_on:
        raise unlawful("hearing_on_another_day", case, day=hearing.announced.hold_on.isoformat())
    return [HearingHeld(held_on=held_on, record=record)]


def not_awaited(case: Case, day: date) -> None:
    """Raises Conflict `hearing_awaited` while a hearing is asked for or announced, or may still be asked for on this
    day."""
    hearing = case.dossier.hearing
    if hearing is not None and hearing.awaited_on(day):
        until = hearing.answer_by.isoformat() if hearing.answer_by and not hearing.fixed else "-"
        raise conflict("hearing_awaited", case, day=until)


def rests_on(case: Case, record: str | None) -> str | None:
    """The record on which the decision rests. Raises Unlawful `not_on_the_record` for any other than that of the
    hearing that was held, and for none where one was."""
    hearing = case.dossier.hearing
    held = hearing.record if hearing else None
    if record != held:
        raise unlawful("not_on_the_record", case, record=held or "-")
    return record
