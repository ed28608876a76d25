"""The acts that nobody decides: the arrival of a handover, answering and forwarding requests."""

from services.runtime.asking import AlreadyAnswered, Answer, Drop, ForwardTo, on_request, recall_counts
from services.runtime.branch import may_write
from services.runtime.custody import is_case
from tests.simulation.casework import answer, answered, fold
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
    chain = db.chain(case)
    if fold(chain).arrived:
        return False
    command = f"arrival:{head.hash.hex()}:{head.epoch}"
    service.append(head.holder, case, "HandoverArrived", command=command)
    service.world.note(f"{case} has arrived at {head.holder}")
    return True


def _look_at(service: Service, stream: str) -> bool:
    """A request that came by inbox, the first time or again (R2, R3)."""
    db, world = service.db, service.world
    hops = db.requests.pop(stream)
    rows = db.chain(stream)
    if not rows or rows[0].asks is None:
        return False
    asked, kind = rows[0].asks, rows[0].kind
    chain = db.chain(asked.case)
    done = answered(chain) if world.on("request_id") else set[str]()
    match on_request(asked, hops, db.tree(asked.case), service.units, done):
        case Answer(unit):
            counts = recall_counts(asked, chain[-1].link) or not world.on("exact_term")
            event = answer(chain, asked, kind, counts)
            if event is None:
                return False
            head = chain[-1].link
            command = f"answer:{asked.id}:{head.epoch}" if world.on("request_id") else ""
            service.append(unit, asked.case, event[0], event[1], answers=asked.id, command=command)
            world.note(f"{unit} answers {asked.unit} on {asked.case}: {event[0]}")
        case ForwardTo(unit, further):
            if not world.on("forward"):
                return False
            db.forwards.append((stream, unit, further))
        case AlreadyAnswered() | Drop():
            return False
    return True
