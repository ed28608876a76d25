"""What happened to a case, in sentences for its citizen: no code, no staff number, nothing between offices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from contracts import case as c
from contracts.case import CaseEvent
from services.casework.moment import local_day
from services.pages.languages import N_
from services.pages.phrases import MISSING, Phrase, Words

CONCLUSIONS: Mapping[str, str] = {
    "issued": N_("Concluded: the certificate or document is ready."),
    "denied": N_("Concluded: the application was not granted."),
    "done": N_("Concluded."),
    "returned": N_("Concluded: the papers were returned."),
    "void": N_("Concluded: the application is void."),
    "forwarded": N_("Concluded here: another authority goes on with it."),
}
DELIVERIES: Mapping[str, str] = {
    "window": N_("The result was handed over at the window."),
    "post": N_("The result was sent by post."),
    "online": N_("The result was delivered online."),
    "agent": N_("The result was handed over by the agent."),
}
REFERRALS: Mapping[str, str] = {
    "forward_up": N_("Forwarded to {unit}."),
    "preliminary_review": N_("Reviewed by {by} and forwarded to {unit}."),
    "transfer": N_("Transferred to {unit}."),
    "assign_down": N_("Assigned to {unit}."),
}
RETURNS: Mapping[str, str] = {
    "handled": N_("Handled by {by}, passed back to {unit}."),
    "supplement": N_("Passed back to {unit}, because papers are missing."),
    "correction": N_("Passed back to {unit} to be corrected."),
    "deliver_result": N_("The result is on its way to {unit}, which delivers it."),
}
TERMINATIONS: Mapping[str, str] = {
    "supplement_not_provided": N_("Ended, because the papers asked for did not come."),
    "applicant_gone": N_("Ended, because there is no applicant any more."),
    "purpose_void": N_("Ended, because its purpose no longer exists."),
    "other_law": N_("Ended by law."),
}
NOTICES: Mapping[str, str] = {
    "receipt": N_("The receipt was issued."),
    "supplement": N_("The notice of missing papers was issued."),
    "acceptance": N_("The notice of acceptance was issued."),
    "declination": N_("The notice that the application is not taken up was issued."),
    "extension": N_("The notice of extension was issued."),
    "special_procedure": N_("The notice of a special procedure was issued."),
    "decision_granted": N_("The decision to grant was issued."),
    "decision_denied": N_("The decision not to grant was issued."),
    "delivery": N_("The record of delivery was issued."),
}
REMEDIES: Mapping[str, str] = {
    "administrative_reconsideration": N_("You may apply for administrative reconsideration."),
    "administrative_litigation": N_("You may bring an administrative action before the court."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline. `times` > 1 when the same was said so often in a row on one day."""

    at: datetime
    phrase: Phrase
    details: tuple[Phrase, ...] = ()
    note: str | None = None
    times: int = 1


def phrase(event: CaseEvent, unit: str, words: Words) -> Phrase | None:
    """The sentence for this event, written by `unit`; None for what concerns only the offices."""
    by = words.unit(unit)
    match event:
        case c.CaseReceived():
            return Phrase(N_("Your papers were received by {unit}."), {"unit": by})
        case c.SupplementRequested():
            return Phrase(N_("{unit} needs further papers from you."), {"unit": by})
        case c.SupplementReceived(missing=missing):
            if missing:
                return Phrase(N_("Papers that you supplied were received; some are still missing."))
            return Phrase(N_("All papers asked for were received."))
        case c.CaseAccepted(accepted_on=day, deemed=True):
            return Phrase(N_("The application counts by law as accepted on {day}."), {"day": day})
        case c.CaseAccepted():
            return Phrase(N_("{unit} accepted the application."), {"unit": by})
        case c.AcceptanceDeclined():
            return Phrase(N_("{unit} did not take the application up."), {"unit": by})
        case c.StepCompleted(step=step):
            name = words.step(step)
            if name is None:
                return Phrase(N_("{unit} completed a step of the work."), {"unit": by})
            return Phrase(N_("{unit} completed: {step}."), {"unit": by, "step": name})
        case c.ConsultationOpened():
            return Phrase(N_("{unit} asked another body for its opinion."), {"unit": by})
        case c.ConsultationAnswered():
            return Phrase(N_("The body that was asked has answered."))
        case c.PartiesHeard():
            return Phrase(N_("The parties were heard."))
        case c.HearingOffered(answer_by=day):
            return Phrase(N_("You may ask for a hearing until {day}."), {"day": day})
        case c.HearingRequested():
            return Phrase(N_("A hearing was asked for."))
        case c.HearingRequestWithdrawn(party="applicant"):
            return Phrase(N_("You took your request for a hearing back."))
        case c.HearingRequestWithdrawn():
            return Phrase(N_("The other parties took their request for a hearing back."))
        case c.HearingWaived(party="applicant"):
            return Phrase(N_("You said that you want no hearing."))
        case c.HearingWaived():
            return Phrase(N_("The other parties said that they want no hearing."))
        case c.HearingAnnounced(hold_on=day):
            return Phrase(N_("The hearing will be held on {day}."), {"day": day})
        case c.HearingCalledOff():
            return Phrase(N_("The hearing is called off."))
        case c.HearingHeld(held_on=day):
            return Phrase(N_("The hearing was held on {day}."), {"day": day})
        case c.CaseSuspended(ground=ground, expected_days=days):
            text = N_("Time does not count for now, because of {ground}; expected to last {days} working days.")
            return Phrase(text, {"ground": words.ground(ground), "days": days})
        case c.CaseResumed():
            return Phrase(N_("Time counts again."))
        case c.DeadlineExtended(days=days):
            return Phrase(N_("The time limit was extended by {days} working days."), {"days": days})
        case c.DeadlineRecomputed(old=old, new=new):
            return Phrase(N_("The expected date moved from {old} to {new}."), {"old": old, "new": new})
        case c.CaseReferred(to=to, referral=kind):
            return Phrase(REFERRALS[kind], {"unit": words.unit(to), "by": by})
        case c.ReferralAcknowledged():
            return Phrase(N_("{unit} took the case."), {"unit": by})
        case c.ReferralRefused(to=to):
            return Phrase(
                N_("{by} did not take the case; it is with {unit} again."), {"by": by, "unit": words.unit(to)}
            )
        case c.ReferralRecalled(to=to):
            return Phrase(N_("{unit} took the case back."), {"unit": words.unit(to)})
        case c.CaseReturned(to=to, purpose=purpose):
            return Phrase(RETURNS[purpose], {"unit": words.unit(to), "by": by})
        case c.CaseDisputed(to=to):
            return Phrase(N_("{unit} now decides which office handles the case."), {"unit": words.unit(to)})
        case c.CustodyAssumed():
            return Phrase(N_("{unit} took the case over."), {"unit": by})
        case c.CaseDecided(outcome="granted"):
            return Phrase(N_("Decided by {unit}: granted."), {"unit": by})
        case c.CaseDecided():
            return Phrase(N_("Decided by {unit}: not granted."), {"unit": by})
        case c.NoticeIssued(notice=notice):
            return Phrase(NOTICES[notice])
        case c.CertificateIssued():
            return Phrase(N_("The certificate was issued."))
        case c.CertificateCorrected():
            return Phrase(N_("The certificate was corrected."))
        case c.CertificateRevoked():
            return Phrase(N_("The certificate was revoked."))
        case c.FeeAssessed(amount=fen):
            return Phrase(N_("Fee: {yuan} yuan."), {"yuan": _yuan(fen)})
        case c.FeePaid(amount=fen):
            return Phrase(N_("Fee paid: {yuan} yuan."), {"yuan": _yuan(fen)})
        case c.FeeWaived(amount=fen):
            return Phrase(N_("Fee waived: {yuan} yuan."), {"yuan": _yuan(fen)})
        case c.FeeRefunded(amount=fen):
            return Phrase(N_("Fee refunded: {yuan} yuan."), {"yuan": _yuan(fen)})
        case c.CaseConcluded(outcome=outcome):
            return Phrase(CONCLUSIONS[outcome])
        case c.ResultDelivered(how=how):
            return Phrase(DELIVERIES[how])
        case c.CaseWithdrawn():
            return Phrase(N_("The application was withdrawn."))
        case c.CaseTerminated(ground=ground):
            return Phrase(TERMINATIONS[ground])
        case c.CaseUrged():
            return Phrase(N_("The office was urged to go on."))
        case c.CaseReopened():
            return Phrase(N_("The case was opened again."))
        case c.CaseCorrected():
            return Phrase(N_("A clerical error was corrected."))
        case c.CaseArchived():
            return Phrase(N_("The papers were archived."))
        case (
            c.CaseClaimed()
            | c.CaseAssigned()
            | c.CaseReleased()
            | c.StepStarted()
            | c.HandoverArrived()
            | c.ActAdopted()
            | c.ActRevoked()
            | c.CaseSettled()
            | c.RequestDeclined()
            | c.CaseForgotten()
        ):
            return None
        case _:
            assert_never(event)


def details(event: CaseEvent, words: Words) -> tuple[Phrase, ...]:
    """What belongs under the sentence: papers asked for, when they were handed in, the right office, who may ask anew,
    remedies."""
    match event:
        case c.SupplementRequested(missing=missing):
            return tuple(paper(m, words) for m in missing)
        case c.SupplementReceived(handed_in=datetime() as at):
            return (Phrase(N_("Handed in on {day}."), {"day": local_day(at)}),)
        case c.AcceptanceDeclined(right_office=office, remedies=remedies):
            right: tuple[Phrase, ...] = ()
            if office is not None and office in words.book.units:
                right = (Phrase(N_("The right office: {unit}."), {"unit": words.unit(office)}),)
            return right + _remedies(remedies)
        case c.HearingCalledOff(answer_by=day) if day is not None:
            anew = N_("Who was told of the right to a hearing and has not asked may do so until {day}.")
            return (Phrase(anew, {"day": day}),)
        case c.CaseDecided(remedies=remedies):
            return _remedies(remedies)
        case _:
            return ()


def paper(missing: c.MissingMaterial, words: Words) -> Phrase:
    reason = Phrase(MISSING.get(missing.reason, N_("to be supplied")))
    return Phrase(N_("{paper}: {reason}"), {"paper": words.material(missing.kind), "reason": reason})


def note(event: CaseEvent) -> str | None:
    """The text that a clerk wrote for the citizen, of an event that was opened with the case's key. What offices
    write to each other is not among it."""
    match event:
        case c.SupplementRequested(note=text) | c.CaseTerminated(note=text):
            return str(text) if text is not None else None
        case _:
            return None


def _remedies(codes: tuple[str, ...]) -> tuple[Phrase, ...]:
    return tuple(Phrase(REMEDIES[code]) for code in codes if code in REMEDIES)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"
