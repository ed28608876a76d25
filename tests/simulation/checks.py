"""What must hold after each step and at rest (protocol, "Checked"), written without the functions under test."""

from collections import Counter
from itertools import pairwise

from contracts.case import CaseDisputed
from services.runtime.branch import Place
from services.runtime.custody import is_case
from tests.simulation import consulting_checks, law_checks
from tests.simulation.casework import CITY
from tests.simulation.records import Record
from tests.simulation.service import Service
from tests.simulation.world import World

WORK = frozenset(
    {"StepCompleted", "CaseDecided", "CaseConcluded", "CaseWithdrawn", "CaseTerminated", "AcceptanceDeclined"}
)


def after_step(world: World) -> str | None:
    """The first thing wrong with what the step touched."""
    for name, stream in world.touched:
        service = world.by_name[name]
        chain = service.db.chain(stream)
        law = is_case(stream) and bool(chain) and law_checks.of_chain(world, chain)
        asked = stream in world.consulted and consulting_checks.of_chain(world, chain)
        if wrong := _chain(chain) or _own(world, service, chain) or law or asked:
            return f"{name}, {stream}: {wrong}"
    for stream in {stream for _, stream in world.touched}:
        if is_case(stream) and (wrong := _holders(world, stream)):
            return wrong
    world.touched.clear()
    return None


def _chain(chain: list[Record]) -> str | None:
    before = None
    asked: Counter[str] = Counter()
    given_back: Counter[frozenset[str]] = Counter()
    for number, record in enumerate(chain, 1):
        link = record.link
        if link.seq != number:
            return f"live event {number} says {link.seq}"
        if link.prev != (before.hash if before else None):
            return f"event {number} does not follow the one before it"
        if before is not None:
            if link.assumes:
                if link.epoch <= before.epoch or link.term:
                    return f"event {number} assumes custody without a higher epoch"
            elif link.unit != before.holder:
                return f"event {number} is by {link.unit}, but {before.holder} holds the case"
            elif link.epoch != before.epoch:
                return f"event {number} changes the epoch without assumed custody"
            elif (link.holder != before.holder) != (link.term > before.term):
                return f"event {number}: the term does not say whether custody passed"
        if wrong := _to_and_fro(record, given_back):
            return f"event {number}: {wrong}"
        if record.answers is not None:
            asked[record.answers] += 1
        before = link
    twice = [name for name, times in asked.items() if times > 1]
    return f"request {twice[0]} is answered twice" if twice else None


def _to_and_fro(record: Record, given_back: Counter[frozenset[str]]) -> str | None:
    """Rule 5 of referrals, counted along a chain. `given_back`: how often between which two since work was done."""
    link = record.link
    match record.kind:
        case (
            "StepCompleted"
            | "CaseDecided"
            | "CaseConcluded"
            | "CaseWithdrawn"
            | "CaseTerminated"
            | "AcceptanceDeclined"
        ):
            given_back.clear()
        case "ReferralRefused" | "CaseReturned":
            given_back[frozenset({link.unit, link.holder})] += 1
            # What the other side asked back by a recall goes back all the same.
            if given_back[frozenset({link.unit, link.holder})] > 2 and record.answers is None:
                return f"{link.unit} and {link.holder} give the case to and fro"
        case "CaseDisputed":
            assert isinstance(record.event, CaseDisputed)
            two = frozenset({link.unit, record.event.between})
            given_back[two] += 1
            if given_back[two] < 3:
                return f"{link.unit} disputes what went to and fro {given_back[two]} times"
            if link.holder in two and link.holder != CITY:
                return f"{link.holder} judges its own dispute"
        case _:
            pass
    return None


def _own(world: World, service: Service, chain: list[Record]) -> str | None:
    """What is live in an own name was written here, unless the city stood on it when it healed a fork; but a
    restored service cannot tell what was forged in its name."""
    if service.was_restored:
        return None
    for record in reversed(chain):
        if record.link.assumes:
            return None
        if record.link.unit in service.units and record.link.hash not in world.acknowledged:
            return f"event {record.link.seq} is live in the name of {record.link.unit}, which never wrote it"
    return None


def _holders(world: World, stream: str) -> str | None:
    able: dict[int, str] = {}
    for service in world.services:
        tree = service.db.trees.get(stream)
        head = tree.head if tree and service.speaks else None
        if head is None or head.holder not in service.units or head.epoch < world.tainted.get(stream, 0):
            continue
        other = able.setdefault(head.epoch, service.name)
        if other != service.name:
            return f"{other} and {service.name} can both write {stream} in epoch {head.epoch}"
    return None


def at_rest(world: World) -> str | None:
    gone = _gone(world)
    for case in world.cases:
        if case not in gone and (wrong := _one_history(world, case)):
            return f"{case}: {wrong}"
    for service in world.services:
        for stream, tree in service.db.trees.items():
            if tree.parked and stream not in gone:
                return f"{service.name}: {len(tree.parked)} events of {stream} wait for ever"
            if not is_case(stream) and (wrong := _request(service, stream, gone)):
                return wrong
    return _granted(world) or _acts(world, gone)


def _gone(world: World) -> set[str]:
    """Cases of which B5 lost an event that nobody has. What was built on it can only have been said on a cluster that
    is gone too: a double fault, unless the whole case is gone."""
    gone: set[str] = set()
    for digest in world.may_be_lost:
        stream = world.acknowledged[digest][1].link.stream
        if world.acknowledged[digest][1].kind == "CustodyAssumed":
            continue  # the city assumes again
        nowhere = all(service.db.tree(stream).place(digest) is None for service in world.services)
        empty = not any(service.db.tree(stream).live for service in world.services)
        if nowhere and (world.double_fault or empty):
            gone.add(stream)
    return gone


def _one_history(world: World, case: str) -> str | None:
    copies = {service.name: service.db.tree(case).live for service in world.services}
    copies = {name: live for name, live in copies.items() if live}
    if not copies:
        return "it is nowhere any more"
    heads = {name: live[-1].hash for name, live in copies.items()}
    if len(set(heads.values())) > 1:
        return f"copies differ: { {name: len(live) for name, live in copies.items()} }"
    live = next(iter(copies.values()))
    for unit in {link.unit for link in live} | {live[-1].holder}:
        if world.hosts[unit].name not in copies:
            return f"{unit} has no copy"
    holder = live[-1].holder
    if world.hosts[holder].db.tree(case).fenced > live[-1].epoch:
        return f"{holder} holds it but knows of a higher epoch"
    anywhere = any(kept == case for service in world.services for kept, _ in service.db.vault)
    if (anywhere or not world.double_fault) and (case, holder) not in world.hosts[holder].db.vault:
        return f"{holder} holds it without its key"
    chain = world.hosts[holder].db.chain(case)
    asked = consulting_checks.at_rest(world, chain) if case in world.consulted else None
    return asked or law_checks.at_rest(world, case)


def _request(service: Service, stream: str, gone: set[str]) -> str | None:
    chain = service.db.chain(stream)
    if not chain or chain[0].asks is None or chain[0].link.unit not in service.units:
        return None
    asked = chain[0].asks
    live = service.db.chain(asked.case)
    if live and asked.case not in gone and not any(record.answers == asked.id for record in live):
        return f"{asked.unit}'s {chain[0].kind} on {asked.case} is never answered"
    return None


def _granted(world: World) -> str | None:
    """A recall is of the very pass, and nothing is withdrawn that nobody withdrew."""
    requests = {
        record.asks.id: record
        for service in world.services
        for record in service.db.records.values()
        if record.asks is not None
    }
    for service in world.services:
        for case in world.cases:
            chain = service.db.chain(case)
            for before, record in pairwise(chain):
                found = requests.get(record.answers or "")
                if record.kind == "CaseWithdrawn" and (found is None or found.kind != "WithdrawalRequested"):
                    return f"{case} is withdrawn though nobody asked for it"
                asked = found.asks if found else None
                moved = asked and (asked.epoch, asked.term) != (before.link.epoch, before.link.term)
                if record.kind == "ReferralRecalled" and moved:
                    return f"{case} is recalled though nobody asked for this pass back"
    return None


def _acts(world: World, gone: set[str]) -> str | None:
    for digest, (service, record) in world.acknowledged.items():
        place = service.db.tree(record.link.stream).place(digest)
        excused = digest in world.may_be_lost or record.link.stream in gone
        if place not in (Place.LIVE, Place.SUPERSEDED) and not excused:
            return f"{world.say(record)} was acknowledged by {service.name} and is {place or 'lost'}"
    return None
