"""The hearing: announced, held or called off, waited for, and its record, on which the decision rests [46, 48]."""

from datetime import date, datetime, timedelta

from contracts.case import CaseResumed, HearingAnnounced, HearingCalledOff, HearingHeld
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case, Phase
from services.casework.hearing_right import ASK_WITHIN, GROUND
from services.casework.moment import local_day, moment
from services.casework.refusals import conflict, unlawful
from services.casework.suspension import time_counts_again
from services.casework.who import holding, in_phase, not_done_by

ANNOUNCE_AHEAD = 7
"""Working days between the notice of the hearing and the hearing, neither day counted [48(1), 82]."""


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
    return [HearingCalledOff(reason=reason, answer_by=anew), *time_counts_again(case, GROUND)]


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
