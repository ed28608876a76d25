"""Applicant and interested parties are heard [36]; a hearing is offered, asked for and held [46-48]."""

from datetime import date, datetime
from typing import Literal

from contracts.case import HearingHeld, HearingOffered, HearingRequested, PartiesHeard
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

Party = Literal["applicant", "interested_party"]


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


def offer_hearing(case: Case, *, by: Actor, at: datetime, book: Book, reason: str) -> list[HearingOffered]:
    """Tell those concerned of their right to a hearing; they have five working days to ask for it [47]."""
    hearing = case.dossier.hearing
    if hearing and (hearing.reason, hearing.offered) == (reason, by.subject):
        return []
    may_offer_hearing(case, by, book)
    answer_by = book.calendar.nth(local_day(moment(case, at)), ASK_WITHIN)
    return [HearingOffered(reason=reason, answer_by=answer_by)]


def may_request_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "request_hearing")
    _offered(case)


def _offered(case: Case) -> Hearing:
    """The offer that nobody has taken up. Raises Conflict `wrong_phase`, `no_hearing_offered`, `already_done`."""
    in_phase(case, frozenset({Phase.ACCEPTED}))
    hearing = case.dossier.hearing
    if hearing is None or hearing.offered is None:
        raise conflict("no_hearing_offered", case)
    not_done_by(case, hearing.requested or hearing.held)
    return hearing


def may_still_ask(case: Case, day: date) -> None:
    """Whether the hearing may be asked for on this local day [47]. Raises what the offer's state forbids, and Unlawful
    `hearing_too_late`."""
    hearing = _offered(case)
    if hearing.answer_by is not None and day > hearing.answer_by:
        raise unlawful("hearing_too_late", case, day=hearing.answer_by.isoformat())


def request_hearing(case: Case, *, by: Actor, at: datetime, book: Book, party: Party) -> list[HearingRequested]:
    """Somebody asks for the hearing that was offered; it is then held within 20 working days [47], without cost.

    Raises Conflict `no_hearing_offered`, Unlawful `hearing_too_late`.
    """
    hearing = case.dossier.hearing
    if hearing is not None and hearing.requested == by.subject:
        return []
    may_request_hearing(case, by, book)
    may_still_ask(case, local_day(moment(case, at)))
    return [HearingRequested(party=party)]


def may_hold_hearing(case: Case, by: Actor, book: Book) -> None:
    holding(case, by, "hold_hearing")
    in_phase(case, frozenset({Phase.ACCEPTED}))
    not_done_by(case, case.dossier.hearing.held if case.dossier.hearing else None)


def hold_hearing(case: Case, *, by: Actor, at: datetime, book: Book, held_on: date, record: str) -> list[HearingHeld]:
    """The hearing was held, asked for or by the office itself [46]; from now on the decision rests on its record [48].

    Raises Unlawful `hearing_day`.
    """
    hearing = case.dossier.hearing
    if hearing is not None and (hearing.record, hearing.held) == (record, by.subject):
        return []
    may_hold_hearing(case, by, book)
    first, today = local_day(case.received_at), local_day(moment(case, at))
    if not first <= held_on <= today:
        raise unlawful("hearing_day", case, first=first.isoformat(), last=today.isoformat())
    return [HearingHeld(held_on=held_on, record=record)]


def not_awaited(case: Case, day: date) -> None:
    """Raises Conflict `hearing_awaited` while a hearing is asked for, or may still be on this day."""
    hearing = case.dossier.hearing
    if hearing is not None and hearing.awaited_on(day):
        until = hearing.answer_by.isoformat() if hearing.answer_by and not hearing.requested else "-"
        raise conflict("hearing_awaited", case, day=until)


def rests_on(case: Case, record: str | None) -> str | None:
    """The record on which the decision rests. Raises Unlawful `not_on_the_record` for any other than that of the
    hearing that was held, and for none where one was."""
    hearing = case.dossier.hearing
    held = hearing.record if hearing else None
    if record != held:
        raise unlawful("not_on_the_record", case, record=held or "-")
    return record
