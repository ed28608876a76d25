"""The acts that nobody decides: the arrival of a handover, answering and forwarding requests."""

from datetime import datetime

from contracts.case import CaseEvent
from contracts.requests import Request
from services.casework import referral
from services.runtime.asking import AlreadyAnswered, Answer, Asked, Drop, ForwardTo, on_request
from services.runtime.branch import Link, may_write
from services.runtime.custody import is_case
from tests.simulation.casework import answered
from tests.simulation.clock import book
from tests.simulation.service import Service


def react(service: Service) -> bool:
    """Whether anything was written or queued."""
    arrived = [_arrival(service, stream) for stream in list(service.db.trees) if is_case(stream)]
    looked_at = [_look_at(service, stream) for stream in list(service.db.requests)]
    return any(arrived) or any(looked_at)


def _arrival(service: Service, case: str) -> bool:
    db = service.db
    tree = db.tree(case)
    head = tree.head
    if head is None or head.holder not in service.units or not may_write(tree, head.holder):
        return False
    state = service.case(case)
    events = referral.arrive(state, unit=head.holder, pass_hash=state.last_pass.hash) if state.last_pass else []
    if not events:
        return False
    command = f"arrival:{head.hash.hex()}:{head.epoch}"
    service.append(head.holder, case, events[0], command=command)
    service.world.note(f"{case} has arrived at {head.holder}")
    return True


def _look_at(service: Service, stream: str) -> bool:
    """A request that came by inbox, the first time or again (R2, R3)."""
    db, world = service.db, service.world
    hops = db.requests.pop(stream)
    rows = db.chain(stream)
    if not rows or rows[0].asks is None:
        return False
    asked = rows[0].asks
    chain = db.chain(asked.case)
    done = answered(chain) if world.on("request_id") else set[str]()
    match on_request(asked, hops, db.tree(asked.case), service.units, done):
        case Answer(unit):
            event = rows[0].event
            assert isinstance(event, Request)
            counts = _recall_counts(asked, chain[-1].link)
            events = _answers(service, unit, asked, event, rows[0].time, counts)
            if not events:
                return False
            head = chain[-1].link
            command = f"answer:{asked.id}:{head.epoch}" if world.on("request_id") else ""
            service.append(unit, asked.case, events[0], command=command)
            world.note(f"{unit} answers {asked.unit} on {asked.case}: {type(events[0]).__name__}")
        case ForwardTo(unit, further):
            if not world.on("forward"):
                return False
            db.forwards.append((stream, unit, further))
        case AlreadyAnswered() | Drop():
            return False
    return True


def _answers(
    service: Service, unit: str, asked: Asked, event: Request, asked_at: datetime, counts: bool
) -> list[CaseEvent]:
    """What casework answers; nothing while a person has to, or while it waits for the acknowledgement."""
    world, case = service.world, service.case(asked.case)
    if not counts and not world.on("exact_term"):
        event = event.model_copy(update={"epoch": case.epoch, "term": case.term})
    if not world.on("request_id"):
        case = case.but(answered=())
    return world.law.answer_request(
        case,
        unit=unit,
        request=asked.id,
        asker=asked.unit,
        asked=event,
        asked_at=asked_at,
        at=service.now,
        book=book(service),
    )


def _recall_counts(asked: Asked, head: Link) -> bool:
    """A recall counts for exactly the pass it was asked under; for any other it is stale and is declined (R2)."""
    return (head.epoch, head.term) == (asked.epoch, asked.term)
