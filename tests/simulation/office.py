"""What people do: clerks receive, work and pass on, ask, repeat a click; the city assumes; a forger forges."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from typing import Any

from contracts.case import ConsultationAnswered, CustodyAssumed
from contracts.fields import Plain
from contracts.requests import (
    ConsultationAnswerSubmitted,
    RecallRequested,
    Request,
    SupplementSubmitted,
    UrgingRequested,
    WithdrawalRequested,
)
from services.casework.case import Case, Held, Offered
from services.runtime.asking import Asked
from services.runtime.following import follows
from tests.simulation.casework import (
    PAPERS,
    PORTAL,
    RECEIVED,
    WORKED,
    Act,
    acknowledged,
    answered,
    asked_of,
    consulting,
    may_recall,
    passes,
    passing,
    somebody,
    timed,
)
from tests.simulation.clock import book, held
from tests.simulation.records import Record
from tests.simulation.replica import read_feeds
from tests.simulation.service import Pending, Service

CASES = 3
BACK = frozenset({"refuse", "return"})


def receive(service: Service, r: int) -> bool:
    world = service.world
    there = sum(any(other.db.tree(case).live for other in world.services) for case in world.cases)
    if not service.speaks or service.everything or there >= CASES:
        return False
    return _receive(service, service.units[r % len(service.units)], world.fresh_text("key"))


def _receive(service: Service, unit: str, key: str) -> bool:
    world, db = service.world, service.db
    db.serial += 1
    case = f"{unit}-20261122-{db.serial:04d}"
    given = {digest for digest, (_, old) in world.acknowledged.items() if old.link.stream == case and old.link.seq == 1}
    if given - world.unnoticed:
        world.wrong = world.wrong or f"two citizens got the number {case}"
    record = service.append(unit, case, RECEIVED, command=key)
    if record is None:
        return False
    db.vault.add((case, unit))
    if case not in world.cases:
        world.cases.append(case)
    world.answer(key, record)
    world.clicks.append((service, Pending(key, unit, case, "receive", {}, None, RECEIVED, record.time)))
    world.note(f"{unit} receives {case}")
    return True


def decide(service: Service, r: int) -> bool:
    """A clerk opens a case that the unit holds and chooses an act; it is appended by `commit`."""
    return _choose(service, r, _moves_on)


def give_back(service: Service, r: int) -> bool:
    """The same by a clerk who gives cases back."""
    return _choose(service, r, lambda *case: [act for act in _moves_on(*case) if act[0] in BACK])


def work(service: Service, r: int) -> bool:
    """The same by a clerk who does what a limit depends on."""
    return _choose(service, r, lambda _, case, __: timed(case))


def consult(service: Service, r: int) -> bool:
    """The same by a clerk who wants the opinion of others. Without the case's key nothing can be asked in writing."""

    def acts(service: Service, case: Case, unit: str) -> list[Act]:
        found = consulting(case, unit, service.world.offices, service.world.fresh_text("q"))
        return found if has_key(service, case.number) else [act for act in found if act[0] in ("acknowledge", "accept")]

    return _choose(service, r, acts)


def has_key(service: Service, case: str) -> bool:
    return any(kept == case for kept, _ in service.db.vault)


def reply(service: Service, r: int) -> bool:
    """A unit that was asked from elsewhere answers by a request, sometimes twice; the case may be anywhere by then."""
    if not service.speaks:
        return False
    asked = _asked_here(service)
    if not asked:
        return False
    case, unit, code = asked[r % len(asked)]
    return (r >> 8) % 4 == 0 and _reply(service, case, unit, code)


def _asked_here(service: Service) -> list[tuple[str, str, str]]:
    """Case, own unit, consultation: what units of this service were asked elsewhere, as far as its copy tells."""
    found: list[tuple[str, str, str]] = []
    for stream in service.world.consulted:
        head = service.db.tree(stream).head
        if head is None or not has_key(service, stream):
            continue
        case = service.case(stream)
        units = [unit for unit in service.units if unit != head.holder]
        found += [(stream, unit, code) for unit in units for code in asked_of(case, unit)]
    return found


def _reply(service: Service, case: str, unit: str, code: str) -> bool:
    world = service.world
    body = {"consultation": code, "answer": Plain("!")}
    events = world.law.act(
        service.case(case), "submit_consultation_answer", somebody(unit), service.now, book(service), body
    )
    return any(_submit(service, case, unit, event) for event in events if isinstance(event, Request))


def _moves_on(service: Service, case: Case, unit: str) -> list[Act]:
    return passing(case, unit, service.world.offices, service.world.fresh_text("step"))


def _choose(service: Service, r: int, acts_of: Callable[[Service, Case, str], list[Act]]) -> bool:
    world = service.world
    cases = held(service)
    if not service.speaks or not cases:
        return False
    case, head = cases[r % len(cases)]
    unit, at = head.holder, service.now
    acts = acts_of(service, service.case(case), unit)
    first = (r >> 8) % max(1, len(acts))
    for name, body in acts[first:] + acts[:first]:
        events = world.law.act(service.case(case), name, somebody(unit), at, book(service), dict(body))
        if events:
            pending = Pending(world.fresh_text("key"), unit, case, name, dict(body), head, events[0], at, book(service))
            service.pending.append(pending)
            return (r >> 16) % 3 == 0 or commit(service, r)
    return False


def commit(service: Service, _: int) -> bool:
    if not service.speaks or not service.pending:
        return False
    act = service.pending.pop(0)
    if act.head and (act.at != service.now or act.book is not book(service)):
        # What the same click says by now; whether the case is still as it was seen is asked when it is appended.
        now, case = service.now, service.world.states[act.head.hash]
        events = service.world.law.act(case, act.act, somebody(act.unit), now, book(service), act.body)
        if not events:
            return False
        act = replace(act, event=events[0], at=now)
    return _perform(service, act)


def _perform(service: Service, act: Pending) -> bool:
    world = service.world
    record = service.append(act.unit, act.case, act.event, at=act.at, command=act.key, head=act.head)
    if record is None:
        return False
    world.answer(act.key, record)
    world.clicks.append((service, act))
    world.note(f"{act.unit}: {world.say(record)}" + (f", to {record.link.holder}" if passes(record.link) else ""))
    return True


def repeat(service: Service, r: int) -> bool:
    """Somebody clicks again: the same key answers with the first result, or that it was superseded (K2)."""
    world, db = service.world, service.db
    mine = [act for clicked, act in world.clicks if clicked is service]
    if not service.speaks or not mine:
        return False
    act = mine[r % len(mine)]
    first = db.commands.get(act.key)
    tree = db.tree(act.case)
    if first is not None:
        superseded = first not in {link.hash for link in tree.live}
        if world.on("superseded_key") or not superseded:
            world.answered_again(act.key, first)
            return False
    if act.act == "receive":
        return _receive(service, act.unit, act.key)
    if tree.head is None:
        return False
    at = service.now
    events = world.law.act(service.case(act.case), act.act, somebody(act.unit), at, book(service), act.body)
    return bool(events) and _perform(service, replace(act, head=tree.head, event=events[0], at=at))


def ask(service: Service, r: int) -> bool:
    """A unit without custody asks the holder: a recall of its own pass, or an urging; of any case whatever."""
    world, db = service.world, service.db
    if not service.speaks or not world.cases:
        return False
    unit, case = service.units[r % len(service.units)], world.cases[(r >> 8) % len(world.cases)]
    if not follows(db.tree(case)) and not _fetch(service, case):
        return False
    tree = db.tree(case)
    if tree.head is None or tree.head.holder in service.units:
        return False
    state = service.case(case)
    unit = next((own for own in service.units if may_recall(state, own)), unit)
    return _submit(service, case, unit, _request(state, unit, tree.head.epoch, tree.head.term, r >> 16))


def _submit(service: Service, case: str, unit: str, event: Request) -> bool:
    world = service.world
    name = f"{int(world.fresh_text('').strip('-')):032x}"
    asked = Asked(name, case, unit, event.epoch, event.term)
    record = service.append(unit, f"request/{name}", event, asks=asked, command=world.fresh_text("key"))
    if record is None:
        return False
    world.submitted[name] = unit, event
    world.submitted_at[name] = record.time
    world.note(f"{unit} decides to ask about {case}: {type(event).__name__}")
    return True


def _request(case: Case, unit: str, epoch: int, term: int, r: int) -> Request:
    custody = {"case": case.number, "epoch": epoch, "term": term}
    if may_recall(case, unit):
        return RecallRequested(**custody, reason="r")
    if r % 8 == 0:
        return WithdrawalRequested(**custody)
    if r % 8 < (6 if case.missing else 2):
        return SupplementSubmitted(**custody, materials=PAPERS)
    return UrgingRequested(**custody, by="citizen" if unit == PORTAL else "supervisor", level="reminder")


def attend(service: Service, r: int) -> bool:
    """A person answers a request that no service answers by itself: does what is asked, or declines. Now and then one
    that a colleague has answered."""
    world, db = service.world, service.db
    if not service.speaks:
        return False
    for stream in list(db.trees):
        rows = db.chain(stream)
        if not rows or rows[0].asks is None:
            continue
        asked = rows[0].asks
        chain = db.chain(asked.case)
        if not chain or chain[-1].link.holder not in service.units or (r % 3 and asked.id in answered(chain)):
            continue
        unit, case = chain[-1].link.holder, service.case(asked.case)
        if isinstance(case.custody, Held) and _answers(service, case, unit, rows[0], r):
            world.note(f"{unit} attends to what {asked.unit} asked: {rows[0].kind}")
            return True
    return False


def _answers(service: Service, case: Case, unit: str, request: Record, r: int) -> bool:
    assert request.asks is not None
    body: dict[str, Any] = {"request": request.asks.id}
    match request.event:
        case WithdrawalRequested():
            act, asked = "withdraw", "withdraw"
        case SupplementSubmitted(materials=materials):
            act, asked = "receive_supplement", "supplement"
            body |= {"materials": materials, "handed_in": request.time}
        case RecallRequested():
            act, asked, body = "return", "recall", body | {"to": request.asks.unit, "purpose": "correction"}
        case _:
            return False
    law, by, at = service.world.law, somebody(unit), service.now
    events = law.act(case, act, by, at, book(service), body) if r % 4 else []
    if not events:
        declined = {"request": request.asks.id, "asked": asked, "ground": "late"}
        events = law.act(case, "decline_request", by, at, book(service), declined)
    return all(service.append(unit, case.number, one, at=at) for one in events) and bool(events)


def _fetch(service: Service, case: str) -> bool:
    """The portal's chain over HTTP, with which a service begins to follow a case (I4)."""
    portal = service.world.portal
    chain = portal.served_chain(case) if portal.linked and service.linked else []
    for record in chain:
        service.insert(record)
    service.db.reread.add(case)
    return bool(chain)


def assume(service: Service, r: int) -> bool:
    """The city takes a case over, from its log, the portal and the feeds together (C4)."""
    world = service.world
    city = world.city
    if not city.speaks or not world.cases:
        return False
    case = world.cases[r % len(world.cases)]
    if city.linked:
        read_feeds(city, case)
        _fetch(city, case)
    elif (r >> 8) % 3:
        return False
    tree = city.db.tree(case)
    if tree.head is None or (tree.parked and (r >> 12) % 3):
        return False
    record = city.append(city.units[0], case, CustodyAssumed(order="O-1", reason="r"), command=world.fresh_text("key"))
    if record is None:
        return False
    if case in world.tainted:
        world.tainted[case] = min(world.tainted[case], record.link.epoch)
    world.note(f"the city assumes {case} at event {record.link.seq}, epoch {record.link.epoch}")
    return True


def forge(service: Service, r: int) -> bool:
    """Somebody who sees what the portal has writes into a feed what the holder never wrote, or he may not write."""
    world = service.world
    seen = [case for case in world.cases if world.portal.db.tree(case).head]
    if not seen:
        return False
    case = seen[r % len(seen)]
    last = world.portal.db.chain(case)[-1]
    head, event = last.link, WORKED
    stranger = next(unit for unit in world.offices if unit != head.holder)
    match (r >> 8) % 3:
        case 0:
            forged = replace(head, seq=head.seq + 1, prev=head.hash, unit=stranger, assumes=False)
        case 1:
            forged = replace(head, seq=head.seq + 1, prev=head.hash, unit=head.holder, assumes=False)
            world.tainted[case] = inf
        case _:
            forged, event = head, last.event
            world.tainted[case] = inf
    forged = replace(forged, hash=world.fresh_hash())
    world.forged.add(forged.hash)
    topic = ("township.events", "district.events", "city.events")[(r >> 12) % 3]
    world.kafka.send(topic, case, Record(forged, event, world.time))
    world.note(f"a forger writes event {forged.seq} of {case} in the name of {forged.unit} into {topic}")
    return True


def take_all(service: Service) -> None:
    """At rest somebody takes every case that is offered, and attends to requests."""
    for case, head in held(service):
        if isinstance(service.case(case).custody, Offered):
            service.append(head.holder, case, acknowledged(head.holder))
    while attend(service, 1):
        pass


def answer_all(service: Service) -> None:
    """Each house writes down what its own departments say of its cases, and answers what others asked."""
    for case, head in held(service):
        for code in asked_of(service.case(case), head.holder):
            service.append(head.holder, case, ConsultationAnswered(consultation=code, answer=Plain("!")))
    waiting = {(asked.case, event.consultation) for asked, event in _answers_under_way(service)}
    for case, unit, code in _asked_here(service):
        if (case, code) not in waiting:
            _reply(service, case, unit, code)


def _answers_under_way(service: Service) -> Iterator[tuple[Asked, ConsultationAnswerSubmitted]]:
    """Answers of units of this service that no event has taken or declined, as far as its copy tells."""
    for stream in list(service.db.trees):
        for record in service.db.chain(stream):
            if record.asks is None or record.asks.unit not in service.units:
                continue
            open_ = record.asks.id not in answered(service.db.chain(record.asks.case))
            if open_ and isinstance(record.event, ConsultationAnswerSubmitted):
                yield record.asks, record.event
