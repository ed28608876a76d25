"""What the applicant is told about requests: what may be asked now, why something may not, what became of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contracts import case as c
from contracts.case import CaseEvent
from contracts.case.outcome import RequestKind
from services.casework.applicant import ASKS, Asked
from services.casework.case import Case
from services.casework.refusals import Refusal
from services.pages.languages import N_
from services.pages.phrases import Phrase

State = Literal["on_its_way", "answered", "declined"]

KINDS: Mapping[RequestKind, str] = {
    "urge": N_("Reminder to the office"),
    "withdraw": N_("Withdrawal of the application"),
    "supplement": N_("Further papers"),
    "hearing": N_("Request for a hearing"),
    "hearing_withdrawal": N_("Taking back of the request for a hearing"),
}
ON_ITS_WAY: Mapping[RequestKind, str] = {
    "urge": N_("On its way to the office that has the case."),
    "withdraw": N_("On its way to the office that has the case; a person there answers it."),
    "supplement": N_("On its way to the office that has the case; a person there looks at the papers."),
    "hearing": N_("On its way to the office that has the case."),
    "hearing_withdrawal": N_("On its way to the office that has the case."),
}
ANSWERED: Mapping[RequestKind, str] = {
    "urge": N_("The office knows that you are waiting."),
    "withdraw": N_("The application was withdrawn."),
    "supplement": N_("The office has taken the papers in."),
    "hearing": N_("The hearing is to be held within twenty working days."),
    "hearing_withdrawal": N_("You have taken your request for a hearing back."),
}
GROUNDS: Mapping[str, str] = {
    "urged_today": N_("the office had been urged that day already"),
    "nothing_due": N_("nothing was left to be hurried"),
    "too_late": N_("the case had gone past it by then"),
    "nothing_asked": N_("no papers were outstanding any more"),
    "no_hearing_offered": N_("no hearing was offered"),
    "hearing_too_late": N_("the days to ask for it were over"),
    "already_done": N_("the hearing had been asked for or held already"),
    "hearing_taken_back": N_("you had taken back a request for it before"),
    "hearing_not_requested": N_("no request of yours for a hearing stood any more"),
    "hearing_held": N_("the hearing had been held already"),
}
OTHER_GROUND = N_("the office that has the case can tell you why")
REFUSED: Mapping[str, str] = {
    "urged_today": N_("The office was urged today already. Once a day is all; you may urge again tomorrow."),
    "asked_already": N_("You have asked for this, and the answer is not here yet. Wait for it before you ask again."),
    "wrong_phase": N_("This cannot be asked at the present stage of the case. What happened so far is listed below."),
    "nothing_asked": N_("No papers are outstanding, so there is nothing to hand in now."),
    "no_hearing_offered": N_("No hearing was offered on this case."),
    "already_done": N_("You have asked for the hearing, or it was held already."),
    "hearing_taken_back": N_("You took your request for a hearing back, so you cannot ask for one again."),
    "hearing_not_requested": N_("No request of yours for a hearing stands on this case."),
    "hearing_held": N_("The hearing was held already."),
    "hearing_too_late": N_("The days to ask for the hearing are over."),
    "not_confirmed": N_("Nothing was withdrawn. Tick the box to say that you mean it, and try again."),
}
"""Why the portal does not take a request on, by the refusal's code."""
PASSED_OVER = ("wrong_phase", "no_hearing_offered", "hearing_not_requested")
"""Refusals of what nobody would look for on the page, so that it is not named there."""

ASKING: Mapping[str, tuple[str, str, str]] = {
    "urge": (
        N_("Urge the office"),
        N_("The office that has the case is told that you are waiting. Once a day is possible."),
        N_("Urge now"),
    ),
    "request-hearing": (
        N_("Ask for the hearing"),
        N_("You were told of your right to a hearing. Asking for it costs nothing."),
        N_("Ask for the hearing"),
    ),
    "withdraw-hearing-request": (
        N_("Take the request for a hearing back"),
        N_("The office then need not hold the hearing for you. You cannot ask for one on this case again."),
        N_("Take it back"),
    ),
    "withdraw": (
        N_("Withdraw the application"),
        N_("A person at the office then ends the case without a decision. You may apply again later."),
        N_("Withdraw"),
    ),
}
"""What each form is called, what comes of it, and what stands on its button."""
CONFIRMED: Mapping[str, str] = {
    "withdraw": N_("Yes, I take my application back."),
    "withdraw-hearing-request": N_("Yes, I take my request for a hearing back."),
}
"""What has to be ticked before the form is sent, where it cannot be undone."""
NOT_NOW = N_("This could not be done now, and nothing was sent. Try again in a moment.")
"""What is said of any other problem."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A request and what became of it."""

    asked: Asked
    state: State
    phrase: Phrase


@dataclass(frozen=True, slots=True)
class May:
    """`name` is the last part of the route; `code` why it may not be asked now, None when it may."""

    name: str
    code: str | None

    @property
    def why(self) -> Phrase | None:
        return Phrase(REFUSED[self.code]) if self.code else None


def answers(event: CaseEvent) -> str | None:
    """The id of the request that this event answers."""
    match event:
        case (
            c.CaseUrged(request=request)
            | c.CaseWithdrawn(request=request)
            | c.SupplementReceived(request=request)
            | c.HearingRequested(request=request)
            | c.HearingRequestWithdrawn(request=request)
            | c.RequestDeclined(request=request)
        ):
            return request
        case _:
            return None


def replies(asked: Iterable[Asked], answered: Mapping[str, CaseEvent]) -> tuple[Reply, ...]:
    """What became of each; `answered` are events of the live chain by the request that they name."""
    return tuple(_reply(one, answered.get(one.request)) for one in asked)


def _reply(asked: Asked, event: CaseEvent | None) -> Reply:
    match event:
        case None:
            return Reply(asked, "on_its_way", Phrase(ON_ITS_WAY[asked.kind]))
        case c.RequestDeclined(ground=ground):
            why = Phrase(GROUNDS.get(ground, OTHER_GROUND))
            return Reply(asked, "declined", Phrase(N_("Not done: {why}."), {"why": why}))
        case _:
            return Reply(asked, "answered", Phrase(ANSWERED[asked.kind]))


def may_ask(case: Case, asked: tuple[Asked, ...], at: datetime) -> tuple[May, ...]:
    """Of every request whether it may be made now."""
    return tuple(May(name, _refused(name, case, asked, at)) for name in ASKS)


def _refused(name: str, case: Case, asked: tuple[Asked, ...], at: datetime) -> str | None:
    try:
        ASKS[name].may(case, at, asked)
    except Refusal as refusal:
        return refusal.code
    return None
