"""What people do: clerks receive, work and pass on, ask, repeat a click; the city assumes; a forger forges."""

from dataclasses import replace
from math import inf

from services.runtime.asking import Asked
from services.runtime.branch import may_write
from services.runtime.custody import is_case
from services.runtime.following import follows
from tests.simulation.casework import Option, fold, may_recall, options
from tests.simulation.records import Record
from tests.simulation.replica import read_feeds
from tests.simulation.service import Pending, Service

CASES = 3
BACK = frozenset({"ReferralRefused", "CaseReturned", "CaseDisputed"})


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
    record = service.append(unit, case, "CaseReceived", command=key)
    if record is None:
        return False
    db.vault.add((case, unit))
    if case not in world.cases:
        world.cases.append(case)
    world.answer(key, record)
    world.clicks.append((service, Pending(key, unit, case, "CaseReceived", None, record.link)))
    world.note(f"{unit} receives {case}")
    return True


def decide(service: Service, r: int) -> bool:
    """A clerk opens a case that the unit holds and chooses an act; it is appended by `commit`."""
    return _choose(service, r, frozenset())


def give_back(service: Service, r: int) -> bool:
    """The same by a clerk who gives cases back."""
    return _choose(service, r, BACK)


def _choose(service: Service, r: int, kinds: frozenset[str]) -> bool:
    """`kinds`: the acts that come into question; empty: all."""
    world, db = service.world, service.db
    held = [
        (stream, tree.head)
        for stream, tree in db.trees.items()
        if is_case(stream) and tree.head and tree.head.holder in service.units and may_write(tree, tree.head.holder)
    ]
    if not service.speaks or not held:
        return False
    case, head = held[r % len(held)]
    acts = options(db.chain(case), world.offices, world.on("disputes"))
    acts = [act for act in acts if not kinds or act.kind in kinds]
    if not acts:
        return False
    act = acts[(r >> 8) % len(acts)]
    service.pending.append(Pending(world.fresh_text("key"), head.holder, case, act.kind, act.to, head, act.between))
    return (r >> 16) % 3 == 0 or commit(service, r)


def commit(service: Service, _: int) -> bool:
    if not service.speaks or not service.pending:
        return False
    act = service.pending.pop(0)
    return _perform(service, act)


def _perform(service: Service, act: Pending) -> bool:
    world = service.world
    record = service.append(act.unit, act.case, act.kind, act.to, command=act.key, head=act.head, between=act.between)
    if record is None:
        return False
    world.answer(act.key, record)
    world.clicks.append((service, act))
    world.note(f"{act.unit}: {world.say(record)}" + (f", to {act.to}" if act.to else ""))
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
    if act.kind == "CaseReceived":
        return _receive(service, act.unit, act.key)
    head = tree.head
    if head is None:
        return False
    if Option(act.kind, act.to, act.between) not in options(db.chain(act.case), world.offices, world.on("disputes")):
        return False
    return _perform(service, replace(act, head=head))


def ask(service: Service, r: int) -> bool:
    """A unit without custody asks the holder: a recall of its own pass, or an urging; of any case whatever."""
    world, db = service.world, service.db
    if not service.speaks or not world.cases:
        return False
    unit, case = service.units[r % len(service.units)], world.cases[(r >> 8) % len(world.cases)]
    if not follows(db.tree(case)) and not _fetch(service, case):
        return False
    chain = db.chain(case)
    if not chain or chain[-1].link.holder in service.units:
        return False
    head = chain[-1].link
    for own in service.units:
        if may_recall(chain, own):
            unit = own
    kind = "RecallRequested" if may_recall(chain, unit) else "UrgingRequested"
    name = world.fresh_text("request")
    asked = Asked(name, case, unit, head.epoch, head.term)
    service.append(unit, f"request/{name}", kind, asks=asked, command=world.fresh_text("key"))
    world.note(f"{unit} decides to ask about {case}: {kind}")
    return True


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
    record = city.append(world.rules(city, False).root, case, "CustodyAssumed", command=world.fresh_text("key"))
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
    head = world.portal.db.chain(case)[-1].link
    stranger = next(unit for unit in world.offices if unit != head.holder)
    match (r >> 8) % 3:
        case 0:
            forged = replace(head, seq=head.seq + 1, prev=head.hash, unit=stranger, assumes=False)
        case 1:
            forged = replace(head, seq=head.seq + 1, prev=head.hash, unit=head.holder, assumes=False)
            world.tainted[case] = inf
        case _:
            forged = head
            world.tainted[case] = inf
    forged = replace(forged, hash=world.fresh_hash())
    world.forged.add(forged.hash)
    topic = ("township.events", "district.events", "city.events")[(r >> 12) % 3]
    world.kafka.send(topic, case, Record(forged, "StepCompleted"))
    world.note(f"a forger writes event {forged.seq} of {case} in the name of {forged.unit} into {topic}")
    return True


def acknowledge_all(service: Service) -> None:
    """At rest somebody takes every case that is offered."""
    for case in service.world.cases:
        chain = service.db.chain(case)
        if chain and fold(chain).offered and chain[-1].link.holder in service.units:
            service.append(chain[-1].link.holder, case, "ReferralAcknowledged")
