"""From events to the dossier of a case (`dossier.Dossier`)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never, cast, get_args

from contracts.case import (
    AcceptanceDeclined,
    CaseArchived,
    CaseConcluded,
    CaseDecided,
    CaseEvent,
    CaseReopened,
    CaseTerminated,
    CaseWithdrawn,
    CertificateCorrected,
    CertificateIssued,
    CertificateRevoked,
    ConsultationAnswered,
    ConsultationOpened,
    FeeAssessed,
    FeePaid,
    FeeRefunded,
    FeeWaived,
    HearingAnnounced,
    HearingCalledOff,
    HearingHeld,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    HearingWaived,
    NoticeIssued,
    Party,
)
from services.casework.dossier import Announcement, Certificate, Consultation, Dossier, Fees, Hearing, Notice, Voucher
from services.casework.moment import local_day

Ends = CaseConcluded | AcceptanceDeclined | CaseWithdrawn | CaseTerminated
Certified = CertificateIssued | CertificateCorrected | CertificateRevoked
Charged = FeeAssessed | FeePaid | FeeWaived | FeeRefunded
Heard = (
    HearingOffered
    | HearingRequested
    | HearingRequestWithdrawn
    | HearingWaived
    | HearingAnnounced
    | HearingCalledOff
    | HearingHeld
)
Filed = (
    ConsultationOpened
    | ConsultationAnswered
    | Heard
    | CaseDecided
    | Ends
    | CaseReopened
    | CaseArchived
    | NoticeIssued
    | Certified
    | Charged
)
"""Every event that changes the dossier; all others leave it as it is."""
_FILED = frozenset(get_args(Filed))
"""A look into a set costs a twentieth of `isinstance` with so many, and every event is folded."""


def evolve(dossier: Dossier, event: CaseEvent, unit: str, person: str, at: datetime) -> Dossier:
    """The dossier after this event, written by `person` of `unit` at `at`."""
    return _filed(dossier, cast("Filed", event), unit, person, at) if type(event) in _FILED else dossier


def _filed(dossier: Dossier, event: Filed, unit: str, person: str, at: datetime) -> Dossier:
    match event:
        case ConsultationOpened(consultation=code, department=department):
            asked = event.unit or unit
            opened = Consultation(code, department, asked, person)
            consulted = dossier.consulted | {asked}
            return replace(dossier, consultations=(*_open(dossier, code), opened), consulted=consulted)
        case ConsultationAnswered(consultation=code):
            return replace(dossier, consultations=_open(dossier, code))
        case (
            HearingOffered()
            | HearingRequested()
            | HearingRequestWithdrawn()
            | HearingWaived()
            | HearingAnnounced()
            | HearingCalledOff()
            | HearingHeld()
        ):
            return replace(dossier, hearing=_heard(dossier.hearing or Hearing(), event, person, at))
        case CaseDecided(part=part):
            # What the decision did not wait for is not waited for any more.
            return replace(dossier, consultations=()) if part is None and dossier.consultations else dossier
        case CaseConcluded() | AcceptanceDeclined() | CaseWithdrawn() | CaseTerminated():
            return replace(dossier, consultations=()) if dossier.consultations else dossier
        case CaseReopened():
            return replace(dossier, hearing=None, archived=None)
        case CaseArchived():
            return replace(dossier, archived=person)
        case NoticeIssued():
            issued = Notice(event.notice, event.number, event.digest, person)
            return replace(dossier, notices=(*dossier.notices, issued))
        case CertificateIssued() | CertificateCorrected() | CertificateRevoked():
            return replace(dossier, certificates=_certified(dossier.certificates, event, person))
        case FeeAssessed() | FeePaid() | FeeWaived() | FeeRefunded():
            return replace(dossier, fees=_charged(dossier.fees, event, person))
        case _:
            assert_never(event)


def _heard(hearing: Hearing, event: Heard, person: str, at: datetime) -> Hearing:
    match event:
        case HearingOffered(reason=reason, answer_by=day, told=told):
            return replace(hearing, reason=reason, answer_by=day, offered=person, told=told)
        case HearingRequested(party=party):
            taken_back = _without(hearing.taken_back, party)
            return replace(hearing, requested={**hearing.requested, party: person}, taken_back=taken_back)
        case HearingRequestWithdrawn(party=party):
            requested = _without(hearing.requested, party)
            return replace(hearing, requested=requested, taken_back={**hearing.taken_back, party: person})
        case HearingWaived(party=party):
            return replace(hearing, waived={**hearing.waived, party: person})
        case HearingAnnounced(hold_on=day, place=place):
            since = hearing.announced.since if hearing.announced else local_day(at)
            return replace(hearing, announced=Announcement(day, place, person, since), called_off=None)
        case HearingCalledOff(answer_by=day):
            return replace(hearing, announced=None, called_off=person, answer_by=day or hearing.answer_by)
        case HearingHeld(record=record):
            return replace(hearing, held=person, record=record)
        case _:
            assert_never(event)


def _without(said: Mapping[Party, str], party: Party) -> Mapping[Party, str]:
    return {one: person for one, person in said.items() if one != party}


def _open(dossier: Dossier, answered: str) -> tuple[Consultation, ...]:
    return tuple(consultation for consultation in dossier.consultations if consultation.code != answered)


def _certified(known: tuple[Certificate, ...], event: Certified, person: str) -> tuple[Certificate, ...]:
    match event:
        case CertificateIssued():
            return (*known, Certificate(event.certificate, event.number, event.digest, person))
        case CertificateCorrected(number=number, digest=digest):
            return tuple(replace(c, digest=digest, corrected=person) if c.number == number else c for c in known)
        case CertificateRevoked(number=number):
            return tuple(replace(c, revoked=person) if c.number == number else c for c in known)
        case _:
            assert_never(event)


def _charged(fees: Fees, event: Charged, person: str) -> Fees:
    match event:
        case FeeAssessed(amount=amount):
            return replace(fees, assessed=fees.assessed + amount, assessed_by=person)
        case FeeWaived(amount=amount):
            return replace(fees, waived=fees.waived + amount)
        case FeePaid(amount=amount, voucher=voucher):
            return replace(fees, vouchers=(*fees.vouchers, Voucher("paid", voucher, amount, person)))
        case FeeRefunded(amount=amount, voucher=voucher):
            return replace(fees, vouchers=(*fees.vouchers, Voucher("refunded", voucher, amount, person)))
        case _:
            assert_never(event)
