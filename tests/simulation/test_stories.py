"""Stories told step by step: rules whose need a random schedule shows too seldom, each with and without the rule."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from contracts.case import CaseAccepted, ConsultationOpened, MissingMaterial, SupplementReceived, SupplementRequested
from contracts.fields import Plain
from services.runtime.restart import Start
from tests.simulation import checks, clock, faults, office, reactor, relay, replica, restarting
from tests.simulation.casework import CITY, CONCLUDED, D1, DEPARTMENT, PAPERS, T1, T3, WORKED, referred
from tests.simulation.kafka import partition_of, partitions
from tests.simulation.run import rest
from tests.simulation.service import Service
from tests.simulation.world import BEGIN, World

CASE = f"{T1}-20261122-0001"
URGING = 7 << 16
"""Of all that may be asked, what the holder's service answers by itself."""
BRINGING = 1 << 16
"""Of all that may be asked, that the papers be taken which the case waits for."""
BY_HAND = 0x100
"""A restore that leaves the marker as it is."""


def publish(service: Service) -> None:
    while service.db.checkpoint < len(service.db.log) or service.db.relay_cluster != service.world.kafka.cluster:
        for _ in relay.publish(service):
            pass


def read(service: Service, *topics: str) -> None:
    for topic in topics:
        for number in partitions(topic):
            replica.read(service, topic, number, 100)


def received(world: World) -> Service:
    """t1 has received a case and published it; its service."""
    office.receive(world.services[0], 0)
    publish(world.services[0])
    return world.services[0]


def refer(service: Service, to: str) -> None:
    """The holder refers; kept from the feed until it is published."""
    head = service.db.tree(CASE).head
    assert head is not None
    assert service.append(head.holder, CASE, referred(to))


def assumes(world: World) -> None:
    assert office.assume(world.city, 0)


def a_handover_comes_after_the_city_assumed(world: World) -> None:
    """t3's service, which does not follow the case, reads of the assumption before it reads its inbox."""
    township = received(world)
    assumes(world)
    refer(township, T3)
    publish(township)
    publish(world.city)
    read(world.by_name["township-2"], "city.events")
    read(world.by_name["township-2"], f"inbox.{T3}")


def assumed_custodies_are_lost(world: World) -> None:
    """Two epochs are lost with the cluster and the city's database; a township still knows of them."""
    city = world.city
    faults.back_up(city, 0)
    world.portal.cut = True
    received(world)
    assumes(world)
    assumes(world)
    publish(city)
    read(world.by_name["township-2"], "city.events")
    faults.replace_kafka(city, 0)
    faults.restore(city, 0)
    world.portal.cut = False


def an_answer_is_superseded(world: World) -> None:
    """d1 answers t1's request; the city, which has not heard of it, assumes from before the answer."""
    township, district = received(world), world.by_name["district-1"]
    refer(township, D1)
    publish(township)
    read(district, f"inbox.{D1}")
    assumes(world)
    for _ in range(2):
        reactor.react(district)
        office.take_all(district)
    publish(district)
    read(township, "district.events")
    assert office.ask(township, URGING)
    publish(township)
    for _ in relay.send_again(township):
        pass
    read(district, f"inbox.{D1}")
    assert reactor.react(district)
    publish(district)
    read(township, "district.events")
    for _ in relay.send_again(township):
        pass


def a_restored_service_crashes_while_it_catches_up(world: World) -> None:
    """What had been waiting in its inbox fills the log beyond the old marker before all that it said is read."""
    district, township = world.by_name["district-1"], received(world)
    office.receive(district, 0)
    for _ in range(6):
        assert district.append(D1, world.cases[1], WORKED)
    assert district.append(D1, world.cases[1], referred(T1))
    publish(district)
    faults.back_up(township, 0)
    for _ in range(3):
        assert township.append(T1, CASE, WORKED)
    publish(township)
    faults.restore(township, BY_HAND)
    assert township.start is Start.CATCH_UP
    read(township, f"inbox.{T1}")
    township.stop()
    restarting.begin(township)
    if township.speaks:
        assert township.append(T1, CASE, CONCLUDED)


def a_copy_is_all_that_is_left(world: World) -> None:
    """The city assumes a case whose receiver has published it only on the old cluster and is not there."""
    township, district = received(world), world.by_name["district-1"]
    assumes(world)
    faults.replace_kafka(township, 0)
    world.city.append(CITY, CASE, referred(D1))
    township.stop()
    publish(world.city)
    read(district, f"inbox.{D1}")
    read(world.portal, "city.events")
    read(world.portal, "township.events")
    assert district.db.tree(CASE).head


def restored_on_another_cluster(world: World) -> None:
    """What t1 said is known to d1 and the portal alone."""
    township, district = world.services[0], world.by_name["district-1"]
    office.receive(township, 0)
    faults.back_up(township, 0)
    refer(township, D1)
    publish(township)
    read(district, f"inbox.{D1}")
    reactor.react(district)
    faults.replace_kafka(township, 0)
    faults.restore(township, 0)
    while restarting.catch_up(township):
        pass
    if township.speaks:
        township.append(T1, CASE, WORKED)


def asks(service: Service, to: str) -> None:
    """t1 asks a department at another unit about its case, and tells it of the case."""
    opened = ConsultationOpened(consultation="q", department=DEPARTMENT, question=Plain("?"), days=3, unit=to)
    assert service.append(T1, CASE, opened)
    publish(service)
    for _ in relay.send_again(service):
        pass


def only_who_was_asked_has_the_key(world: World) -> None:
    """t1 and Kafka lose everything; d1, which t1 had asked, is the one unit that still can open the case."""
    township, district = world.services[0], world.by_name["district-1"]
    faults.back_up(township, 0)
    received(world)
    asks(township, D1)
    read(district, f"inbox.{D1}")
    faults.replace_kafka(township, 0)
    faults.restore(township, 0)


def who_was_asked_hears_of_it_after_the_end(world: World) -> None:
    """d1 passes over the end of the case in the feed, and only then finds in its inbox what it was asked."""
    township, district = received(world), world.by_name["district-1"]
    asks(township, D1)
    assert township.append(T1, CASE, CONCLUDED)
    publish(township)
    read(district, "township.events")
    read(district, f"inbox.{D1}")


def papers_wait_beyond_the_applicants_last_day(world: World) -> None:
    """The applicant brings all that was asked for on the day of the notice; the clerk of t1 looks two weeks later."""
    township = received(world)
    asked = SupplementRequested(missing=tuple(MissingMaterial(kind=one.kind, reason="missing") for one in PAPERS))
    assert township.append(T1, CASE, asked)
    publish(township)
    read(world.portal, "township.events")
    assert office.ask(world.portal, BRINGING)
    publish(world.portal)
    for _ in relay.send_again(world.portal):
        pass
    read(township, f"inbox.{T1}")
    world.time += timedelta(days=14)
    clock.tick(township, 0)


STORIES: dict[str, Callable[[World], None]] = {
    "fences": a_handover_comes_after_the_city_assumed,
    "everywhere": assumed_custodies_are_lost,
    "reopen": an_answer_is_superseded,
    "delete_marker": a_restored_service_crashes_while_it_catches_up,
    "witness": restored_on_another_cluster,
    "consulted_keys": only_who_was_asked_has_the_key,
    "watching": who_was_asked_hears_of_it_after_the_end,
    "papers_wait": papers_wait_beyond_the_applicants_last_day,
}


@pytest.mark.parametrize("rule", STORIES)
def test_the_story_ends_well_with_the_rule_and_badly_without(rule: str) -> None:
    assert _end_of(STORIES[rule], World(tell=True)) is None
    assert _end_of(STORIES[rule], World(frozenset({rule}), tell=True)) is not None


def _end_of(story: Callable[[World], None], world: World) -> str | None:
    story(world)
    return world.wrong or checks.after_step(world) or rest(world)


def test_copies_of_the_chain_let_a_reader_of_the_citys_feed_alone_follow() -> None:
    for without, complete in ((frozenset[str](), True), (frozenset({"copies"}), False)):
        world = World(without)
        a_copy_is_all_that_is_left(world)
        assert (world.portal.db.tree(CASE).head is not None) is complete
        number = partition_of("city.events", CASE)
        assert (len(world.kafka.partitions["city.events", number]) == 3) is complete


def test_papers_that_waited_are_accepted_by_law_as_of_the_day_they_were_brought() -> None:
    world = World(tell=True)
    assert _end_of(papers_wait_beyond_the_applicants_last_day, world) is None
    events = [record.event for record in world.services[0].db.chain(CASE)]
    (came,) = (event for event in events if isinstance(event, SupplementReceived))
    (accepted,) = (event for event in events if isinstance(event, CaseAccepted))
    assert (came.handed_in, accepted.deemed, accepted.accepted_on) == (BEGIN, True, BEGIN.date())
