"""What must hold of the questions to other bodies, told from the chain alone, without the functions under test."""

from contracts.case import (
    AcceptanceDeclined,
    CaseConcluded,
    CaseDecided,
    CaseTerminated,
    CaseWithdrawn,
    ConsultationAnswered,
    ConsultationOpened,
    RequestDeclined,
)
from contracts.requests import ConsultationAnswerSubmitted
from tests.simulation.records import Record
from tests.simulation.service import Service
from tests.simulation.world import World


def of_chain(world: World, chain: list[Record]) -> str | None:
    """The first event about a question that may not stand where it stands."""
    waiting: dict[str, str] = {}
    used: set[str] = set()
    for number, record in enumerate(chain, 1):
        if wrong := _told(world, record, waiting, used):
            return f"event {number}: {wrong}"
    return None


def _told(world: World, record: Record, waiting: dict[str, str], used: set[str]) -> str | None:
    """`waiting`: who is asked, by consultation; this event is told into it."""
    match record.event:
        case ConsultationOpened(consultation=code, unit=elsewhere):
            if code in used:
                return f"{code} is asked twice"
            used.add(code)
            waiting[code] = elsewhere or record.link.unit
        case ConsultationAnswered(consultation=code, request=request):
            unit = waiting.pop(code, None)
            if unit is None:
                return f"{code} is answered though nobody waits for it"
            by = record.link.unit if request is None else _answer(world, request, code)
            if by != unit:
                return f"{code} was asked of {unit} and is answered by {by}"
        case RequestDeclined(request=request):
            asker, asked = world.submitted[request]
            if isinstance(asked, ConsultationAnswerSubmitted) and waiting.get(asked.consultation) == asker:
                return f"what {asker} answers to {asked.consultation} is declined though it is waited for"
        case CaseDecided(without_answer=why):
            if bool(waiting) != (why is not None):
                return f"decided without {sorted(waiting)}, and says of that: {why}"
            waiting.clear()
        case CaseConcluded() | CaseWithdrawn() | CaseTerminated() | AcceptanceDeclined():
            waiting.clear()
        case _:
            pass
    return None


def _answer(world: World, request: str, code: str) -> str | None:
    """Who answered this consultation by this request; None when it says something else."""
    asker, asked = world.submitted[request]
    right = isinstance(asked, ConsultationAnswerSubmitted) and asked.consultation == code
    return asker if right else None


def at_rest(world: World, chain: list[Record]) -> str | None:
    """Who is waited for knows the case and can answer; and nobody is waited for who can, once all have answered."""
    waiting: dict[str, str] = {}
    askers: dict[str, str] = {}
    for record in chain:
        _told(world, record, waiting, set())
        if isinstance(record.event, ConsultationOpened):
            askers[record.event.consultation] = record.link.unit
    for code, unit in waiting.items():
        there = world.hosts[unit]
        case = chain[0].link.stream
        if not there.db.chain(case):
            return f"{unit} is asked in {code} and does not know the case"
        if world.answering and _key(there, case):
            return f"{unit} is waited for in {code} though it could answer"
        if not _key(there, case) and _key(world.hosts[askers[code]], case):
            return f"{unit} is asked in {code} and has no key to answer with"
    return None


def _key(service: Service, case: str) -> bool:
    return any(kept == case for kept, _ in service.db.vault)
