"""From events to the state of a case. Truthful for every event, also for those that other offices' programs wrote."""

from dataclasses import replace
from typing import Literal, assert_never

from contracts.case import (
    AcceptanceDeclined,
    ActAdopted,
    ActRevoked,
    CaseAccepted,
    CaseArchived,
    CaseAssigned,
    CaseClaimed,
    CaseConcluded,
    CaseCorrected,
    CaseDecided,
    CaseDisputed,
    CaseEvent,
    CaseForgotten,
    CaseReceived,
    CaseReferred,
    CaseReleased,
    CaseReopened,
    CaseResumed,
    CaseReturned,
    CaseSettled,
    CaseSuspended,
    CaseTerminated,
    CaseUrged,
    CaseWithdrawn,
    CertificateCorrected,
    CertificateIssued,
    CertificateRevoked,
    ConsultationAnswered,
    ConsultationOpened,
    CustodyAssumed,
    DeadlineExtended,
    DeadlineRecomputed,
    FeeAssessed,
    FeePaid,
    FeeRefunded,
    FeeWaived,
    HandoverArrived,
    HearingAnnounced,
    HearingCalledOff,
    HearingHeld,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    HearingWaived,
    Material,
    NoticeIssued,
    PartiesHeard,
    ReferralAcknowledged,
    ReferralRecalled,
    ReferralRefused,
    RequestDeclined,
    ResultDelivered,
    StepCompleted,
    StepStarted,
    SupplementReceived,
    SupplementRequested,
)
from contracts.stamp import Stamped
from services.casework import dossier_fold, times_fold
from services.casework.case import (
    Acceptance,
    Answer,
    Case,
    Custody,
    DealtWith,
    Decision,
    Ending,
    Held,
    Offered,
    OpenStep,
    Pass,
    PassKind,
    Phase,
    Supplement,
    Urge,
    holder,
)


class NoReceipt(ValueError):
    """A stream of the kind case that does not begin with CaseReceived: nobody's application, a forger's record."""


def evolve(case: Case | None, event: CaseEvent, stamp: Stamped) -> Case:
    """The case after this event. Raises NoReceipt when the first event is no receipt, and for nothing else."""
    if case is None:
        if not isinstance(event, CaseReceived):
            raise NoReceipt(f"{stamp.stream} begins with {type(event).__name__}")
        return _received(event, stamp)
    after = _folded(case, event, stamp)
    time = max(case.last_time, stamp.time)
    times = times_fold.evolve(case.times, event, stamp.unit, stamp.actor, time, stamp.hash)
    dossier = dossier_fold.evolve(case.dossier, event, stamp.unit, stamp.actor, time)
    changed = {"last": event, "last_person": stamp.actor, "last_time": time, "times": times, "dossier": dossier}
    return case.but(**changed) if after is case else after.completed(changed)


def with_materials(dossier: tuple[Material, ...], more: tuple[Material, ...]) -> tuple[Material, ...]:
    """The dossier with what came in; a paper whose digest is here already is not counted twice."""
    return tuple(dict.fromkeys((*dossier, *more)))


def _received(event: CaseReceived, stamp: Stamped) -> Case:
    return Case(
        number=stamp.stream,
        item=event.item,
        item_version=event.item_version,
        channel=event.channel,
        custody=Held(stamp.unit),
        times=times_fold.begin(event, stamp.unit, stamp.time),
        last=event,
        last_person=stamp.actor,
        last_time=stamp.time,
        known=frozenset({stamp.unit}),
        custodians=(stamp.unit,),
        materials=with_materials((), event.materials),
    )


def _folded(case: Case, event: CaseEvent, stamp: Stamped) -> Case:
    match event:
        case CaseClaimed(person=person) | CaseAssigned(person=person):
            return case.but(custody=Held(holder(case), person)) if isinstance(case.custody, Held) else case
        case CaseReleased():
            return case.but(custody=Held(holder(case))) if isinstance(case.custody, Held) else case
        case SupplementRequested(missing=missing):
            asked = case.supplement.asked if case.supplement else frozenset(paper.kind for paper in missing)
            supplement = Supplement(asked, missing, stamp.actor)
            return case.but(supplement=supplement, phase=Phase.SUPPLEMENT_REQUESTED)
        case SupplementReceived():
            return _answered(_supplemented(case, event), event.request, stamp)
        case CaseAccepted():
            acceptance = Acceptance(event.accepted_on, event.deemed, event.limits, stamp.actor)
            return case.but(acceptance=acceptance, phase=Phase.ACCEPTED)
        case StepStarted():
            step = OpenStep(event.step, event.section, event.persons, stamp.actor)
            return case.but(open_steps=(*_others(case, event.step), step))
        case StepCompleted():
            completed = case.steps_completed + 1
            return case.but(open_steps=_others(case, event.step), steps_completed=completed, worked=len(case.path))
        case (
            CaseReferred()
            | ReferralRefused()
            | ReferralRecalled()
            | CaseReturned()
            | CaseDisputed()
            | CustodyAssumed()
            | ReferralAcknowledged()
        ):
            return _passed(case, event, stamp)
        case CaseDecided(part=part):
            # A part of a joint case is not the whole: it stays accepted until all parts are decided.
            worked = case.but(worked=len(case.path))
            at = max(case.last_time, stamp.time)
            decision = Decision(event.outcome, stamp.actor, stamp.unit, at, event.delegation)
            return worked.but(decision=decision, phase=Phase.DECIDED) if part is None else worked
        case AcceptanceDeclined():
            return _ended(case, Phase.DECLINED, Phase.DECLINED, stamp)
        case CaseConcluded(outcome=outcome, on_the_spot=on_the_spot):
            return _ended(case, Phase.CONCLUDED, outcome, stamp, on_the_spot=on_the_spot)
        case CaseWithdrawn(request=request):
            return _answered(_ended(case, Phase.WITHDRAWN, Phase.WITHDRAWN, stamp), request, stamp)
        case CaseTerminated():
            return _ended(case, Phase.TERMINATED, Phase.TERMINATED, stamp)
        case ResultDelivered():
            return case.but(phase=Phase.DELIVERED, delivered_by=stamp.actor)
        case CaseReopened():
            phase = Phase.ACCEPTED if case.acceptance else Phase.RECEIVED
            return case.but(phase=phase, decision=None, ending=None, delivered_by=None)
        case CaseSettled():
            return case.but(settled_by=stamp.actor)
        case (
            ConsultationAnswered(request=request)
            | HearingRequested(request=request)
            | HearingRequestWithdrawn(request=request)
        ):
            return _answered(case, request, stamp)
        case CaseUrged(by=by, level=level, request=request):
            urged = case.urged if by == "clock" else Urge(level, stamp.time)
            return _answered(case.but(urged=urged), request, stamp)
        case RequestDeclined(request=request):
            return _answered(case, request, stamp)
        case ActAdopted(act=act):
            return case.but(dealt_with=(*case.dealt_with, DealtWith(act, True, stamp.actor)))
        case ActRevoked(act=act):
            return case.but(dealt_with=(*case.dealt_with, DealtWith(act, False, stamp.actor)))
        case (
            CaseReceived()
            | HandoverArrived()
            | CaseSuspended()
            | CaseResumed()
            | ConsultationOpened()
            | PartiesHeard()
            | HearingOffered()
            | HearingWaived()
            | HearingAnnounced()
            | HearingCalledOff()
            | HearingHeld()
            | DeadlineExtended()
            | DeadlineRecomputed()
            | NoticeIssued()
            | CertificateIssued()
            | CertificateCorrected()
            | CertificateRevoked()
            | FeeAssessed()
            | FeePaid()
            | FeeWaived()
            | FeeRefunded()
            | CaseCorrected()
            | CaseArchived()
            | CaseForgotten()
        ):
            # They change neither phase nor custody; when they happened, and the dossier, are folded beside. A case is
            # received once.
            return case
        case _:
            assert_never(event)


def _passed(
    case: Case,
    event: CaseReferred
    | ReferralRefused
    | ReferralRecalled
    | CaseReturned
    | CaseDisputed
    | CustodyAssumed
    | ReferralAcknowledged,
    stamp: Stamped,
) -> Case:
    match event:
        case CaseReferred(to=to, referral="assign_down"):
            return _handed(case, "assign_down", Held(to), stamp)
        case CaseReferred(to=to, referral=kind):
            return _handed(case, kind, Offered(stamp.unit, to, kind), stamp)
        case ReferralAcknowledged(person=person):
            return _held(case, Held(holder(case), person))
        case ReferralRefused(to=to):
            return _handed(case, "refusal", Held(to), stamp)
        case ReferralRecalled(to=to, request=request):
            return _answered(_handed(case, "recall", Held(to), stamp), request, stamp)
        case CaseReturned(to=to, request=request):
            return _answered(_handed(case, "return", Held(to), stamp), request, stamp)
        case CaseDisputed(to=to):
            return _handed(case, "dispute", Held(to), stamp, (event.carries, event.between))
        case CustodyAssumed():
            # Who assumes a case writes this event itself, with the whole case before it: nothing is in transit.
            epoch = case.epoch + 1 if stamp.epoch is None else stamp.epoch
            return _handed(case, "assumption", Held(stamp.unit), stamp).but(epoch=epoch, term=0)
        case _:
            assert_never(event)


def _handed(
    case: Case,
    kind: PassKind,
    to: Custody,
    stamp: Stamped,
    instead_of: tuple[Literal["refusal", "return"], str] | None = None,
) -> Case:
    """Custody passes: the term rises exactly when the holder changes (C2), and the new holder's service is to
    confirm the arrival. A case that its own holder is handed again lies where it lay."""
    after = _held(case, to)
    before, now = holder(case), holder(after)
    step = Pass(kind, stamp.unit, now, stamp.actor, stamp.time, stamp.hash, instead_of)
    if now == before:
        return after.but(path=(*case.path, step))
    return after.but(path=(*case.path, step), term=case.term + 1, known=case.known | {now})


def _held(case: Case, custody: Custody) -> Case:
    if isinstance(custody, Held) and custody.unit not in case.custodians:
        return case.but(custody=custody, custodians=(*case.custodians, custody.unit))
    return case.but(custody=custody)


def _supplemented(case: Case, event: SupplementReceived) -> Case:
    supplement = case.supplement
    if supplement is not None:
        missing = tuple(paper for paper in supplement.missing if paper.kind in event.missing)
        supplement = replace(supplement, missing=missing)
    waits = supplement is not None and bool(supplement.missing)
    phase = Phase.RECEIVED if case.phase is Phase.SUPPLEMENT_REQUESTED and not waits else case.phase
    materials = with_materials(case.materials, event.materials)
    return case.but(materials=materials, supplement=supplement, phase=phase)


def _ended(case: Case, phase: Phase, outcome: str, stamp: Stamped, *, on_the_spot: bool = False) -> Case:
    ending = Ending(phase, str(outcome), stamp.actor, on_the_spot)
    return case.but(phase=phase, ending=ending, worked=len(case.path))


def _answered(case: Case, request: str | None, stamp: Stamped) -> Case:
    if request is None or case.answer(request):
        return case
    return case.but(answered=(*case.answered, Answer(request, stamp.actor)))


def _others(case: Case, step: str) -> tuple[OpenStep, ...]:
    return tuple(open_step for open_step in case.open_steps if open_step.step != step)
