"""One seed: a schedule executed step by step, then rest, with the checks after each step and at the end."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from services.runtime.restart import Start
from tests.simulation import checks, clock, faults, office, reactor, relay, replica, restarting
from tests.simulation.service import Service
from tests.simulation.shrink import shrink
from tests.simulation.world import Step, World, schedule

WORK = {
    "act": 12,
    "receive": 3,
    "commit": 3,
    "repeat": 2,
    "relay": 16,
    "read": 30,
    "react": 10,
    "again": 5,
    "read_again": 1,
    "catch_up": 8,
    "disturb": 2,
}
LAW = {"day": 7, "office": 12, "clock": 14, "recompute": 8, "amend": 2, "attend": 3, "skew": 1}
CONSULT = {"consult": 6, "reply": 10}
HEARD = {"again": 12, "relay": 24, "read": 60, "react": 16}
"""A question and its answer travel farther than all else: more is sent and read in their worlds, and for longer."""
ASSUME, ASK, CRASH, TO_AND_FRO = {"assume": 4}, {"ask": 5}, {"crash": 4, "start": 4}, {"back": 12}
CUT, REPLACE, RESTORE, FORGE = (
    {"cut": 5, "mend": 4},
    {"replace": 1},
    {"backup": 6, "restore": 6, "start": 2},
    {"forge": 2},
)
WORLDS: dict[str, dict[str, int]] = {
    "calm": WORK,
    "crashes": WORK | CRASH,
    "cut links": WORK | CUT | ASK,
    "requests": WORK | ASK | CRASH,
    "disputes": WORK | TO_AND_FRO | CUT | ASK,
    "assumed": WORK | ASSUME | CUT,
    "assumed disputes": WORK | TO_AND_FRO | ASSUME | ASK | CUT | CRASH,
    "assumed requests": WORK | ASSUME | ASK | CUT | CRASH,
    "law": WORK | LAW,
    "law, crashes": WORK | LAW | CRASH | CUT,
    "law, requests": WORK | LAW | ASK,
    "law, disputes": WORK | LAW | TO_AND_FRO | ASSUME,
    "law, restored": WORK | LAW | RESTORE | ASK,
    "replaced": WORK | REPLACE | CRASH | CUT,
    "restored": WORK | RESTORE | CRASH,
    "restored assumed": WORK | RESTORE | ASSUME | CUT | ASK,
    "forger": WORK | FORGE | ASSUME | CUT,
    "consultations": WORK | CONSULT | HEARD | CRASH,
    "assumed consultations": WORK | CONSULT | HEARD | ASSUME | ASK | CUT,
    "law, consultations": WORK | LAW | CONSULT | HEARD,
    "restored consultations": WORK | CONSULT | HEARD | RESTORE | CRASH,
    "all but a forger": WORK | LAW | CRASH | CUT | REPLACE | RESTORE | ASSUME | ASK | CONSULT,
    "all": WORK | LAW | CRASH | CUT | REPLACE | RESTORE | ASSUME | ASK | CONSULT | FORGE,
}
LENGTH, LONGER = 300, 800
ROUNDS = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    wrong: str | None
    steps: int
    story: list[str]


def world_of(seed: int) -> str:
    return list(WORLDS)[seed % len(WORLDS)]


def steps_of(seed: int, name: str | None = None) -> list[Step]:
    weights = WORLDS[name or world_of(seed)]
    return schedule(seed, weights, LONGER if HEARD.items() <= weights.items() else LENGTH)


def run(steps: Iterable[Step], without: frozenset[str] = frozenset(), tell: bool = False) -> Outcome:
    """Execute the steps, then let everything come to rest."""
    world = World(without, tell)
    done = 0
    for step in steps:
        for service in _able(world, step):
            if DO[step.kind](service, step.r):
                done += 1
                break
        if wrong := _wrong(world):
            return Outcome(wrong, done, world.story or [])
    return Outcome(rest(world), done, world.story or [])


def shrunk(steps: list[Step], wrong: str, without: frozenset[str] = frozenset()) -> Outcome:
    """The story of the shortest schedule found that goes wrong in the same way."""
    kind = _kind(wrong)
    shorter = shrink(steps, lambda fewer: _kind(run(fewer, without).wrong) == kind)
    return run(shorter, without, tell=True)


def _kind(wrong: str | None) -> str | None:
    """What went wrong, whatever the case, the unit and the number."""
    return wrong and re.sub(r"[a-z]+-\d|\b[a-z]\d?\b|[A-Z]\w+|\d+", "", wrong)


def _able(world: World, step: Step) -> list[Service]:
    """Faults meet the service that the step names; for work the next one with something to do takes its place."""
    services = world.services
    work = step.kind in WORK | TO_AND_FRO | LAW | CONSULT and step.kind != "skew"
    return [*services[step.service :], *services[: step.service]] if work else [services[step.service]]


def _wrong(world: World) -> str | None:
    return world.wrong or (checks.after_step(world) if world.touched else None)


def _relay(service: Service, r: int) -> bool:
    return _advance(service, relay.publish, 1 + r % 2)


def _again(service: Service, r: int) -> bool:
    return _advance(service, relay.send_again, 1 + r % 4)


def _advance(service: Service, begin: Callable[[Service], Iterable[None]], steps: int) -> bool:
    """A few steps of what the relay is doing, or the beginning of something new; the rest comes later, or never."""
    if not (service.speaks and service.linked):
        return False
    if service.relaying is None:
        service.relaying = iter(begin(service))
    taken = sum(1 for _ in islice(service.relaying, steps))
    if taken < steps:
        service.relaying = None
    return taken > 0


def _read(service: Service, r: int) -> bool:
    world = service.world
    if not world.may_read(service) or not (unread := world.unread(service)):
        return False
    topic, number = unread[r % len(unread)]
    return replica.read(service, topic, number, 1 + (r >> 8) % 6) > 0


def _react(service: Service, _: int) -> bool:
    return service.speaks and reactor.react(service)


DO: dict[str, Callable[[Service, int], bool]] = {
    "act": office.decide,
    "receive": office.receive,
    "back": office.give_back,
    "office": office.work,
    "attend": office.attend,
    "consult": office.consult,
    "reply": office.reply,
    "day": clock.pass_time,
    "skew": clock.skew,
    "amend": clock.amend,
    "clock": lambda service, r: service.speaks and clock.tick(service, r),
    "recompute": lambda service, r: service.speaks and clock.recompute(service, r),
    "commit": office.commit,
    "repeat": office.repeat,
    "ask": office.ask,
    "assume": office.assume,
    "forge": office.forge,
    "relay": _relay,
    "again": _again,
    "read": _read,
    "react": _react,
    "read_again": lambda service, _: service.speaks and replica.read_again(service),
    "catch_up": lambda service, _: restarting.catch_up(service),
    "crash": faults.crash,
    "start": faults.start,
    "cut": faults.cut,
    "mend": faults.mend,
    "replace": faults.replace_kafka,
    "backup": faults.back_up,
    "restore": faults.restore,
    "disturb": faults.disturb_reading,
}


def rest(world: World) -> str | None:
    """All links are back, everything runs, nobody does anything new but take what is offered, and in the end answer
    what was asked; what is wrong then."""
    world.note("— at rest —")
    for service in world.services:
        service.cut = False
        if not service.up:
            restarting.begin(service)
        service.pending.clear()
    if wrong := _settle(world):
        return wrong
    for number, case in enumerate(world.cases):
        if case in world.tainted or (world.double_fault and _stuck(world, case)):
            office.assume(world.city, number)
    wrong = _settle(world) or checks.at_rest(world)
    if wrong or not world.consulted:
        return wrong
    world.note("— all who were asked answer —")
    world.answering = True
    return _settle(world) or checks.at_rest(world)


def _stuck(world: World, case: str) -> bool:
    """An assumed custody was lost, but somebody still knows of its epoch: the city has to assume again."""
    heads = [tree.head.epoch for service in world.services if (tree := service.db.tree(case)).head]
    return bool(heads) and any(service.db.fences.get(case, 0) > max(heads) for service in world.services)


def _settle(world: World) -> str | None:
    quiet = 0
    for _ in range(ROUNDS):
        before = world.version
        for service in world.services:
            _everything(service)
            if wrong := _wrong(world):
                return wrong
        quiet = quiet + 1 if world.version == before else 0
        if quiet == 3 and all(service.start is Start.PLAIN for service in world.services):
            return None
    return "it never comes to rest"


def _everything(service: Service) -> None:
    world = service.world
    while restarting.catch_up(service):
        pass
    if not service.speaks:
        return
    while service.db.checkpoint < len(service.db.log) or service.db.relay_cluster != world.kafka.cluster:
        for _ in relay.publish(service):
            pass
    for _ in relay.send_again(service):
        pass
    for topic, number in world.unread(service):
        while replica.read(service, topic, number, 100):
            pass
    replica.read_again(service)
    reactor.react(service)
    office.take_all(service)
    if world.answering:
        office.answer_all(service)
    while clock.recompute(service, 0):
        pass
    while clock.tick(service, 0):
        pass
