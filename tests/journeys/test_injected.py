"""What comes by Kafka twice, out of order, or from who had no right to write it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer

from contracts.case import CaseAccepted, CaseReceived, CaseReferred, HandoverArrived, StepCompleted, StepStarted
from contracts.envelope import CONTENT_TYPE, digest
from contracts.fields import Plain
from contracts.inbox import Handover, write
from contracts.topics import Topics
from deploy.local import Stack
from services.runtime import base64url
from services.runtime.partition import Partitions
from services.runtime.sealing import Secret, seal_for_unit
from tests.journeys.places import DATONG, FAR, FARTHER, REGISTRATION
from tests.journeys.system import System
from tests.journeys.waiting import until
from tests.runtime.records import Chain

QUEUES = ("parked", "staged", "quarantined", "dead")


@pytest_asyncio.fixture(loop_scope="session")
async def alone(stack: Stack, tmp_path: Path) -> AsyncIterator[System]:
    """A system of this test's own: what was quarantined stays."""
    async with System(stack, tmp_path, "injected", over=None) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="session")
async def kafka(stack: Stack) -> AsyncIterator[AIOKafkaProducer]:
    async with AIOKafkaProducer(bootstrap_servers=stack.kafka.bootstrap(), acks="all") as made:
        yield made


class FarOffice:
    """Speaks for a township whose service is run by nobody: sends what such a service would, in any order."""

    def __init__(self, system: System, kafka: AIOKafkaProducer, number: str) -> None:
        self._system = system
        self._kafka = kafka
        self._topics = Topics(system.prefix)
        self._place = Partitions(6).place
        self.case = Chain(number, begin=datetime.now(UTC) - timedelta(hours=1))

    async def publish(self, *values: bytes) -> None:
        """In the township's feed."""
        partition, key = self._place(self.case.stream)
        await self._send(self._topics.feed("township"), partition, key, values)

    async def send(self, unit: str, *values: bytes) -> None:
        """To the unit's inbox."""
        await self._send(self._topics.inbox(unit), 0, self.case.stream.encode(), values)

    async def _send(self, topic: str, partition: int, key: bytes, values: Sequence[bytes]) -> None:
        headers = [("content-type", CONTENT_TYPE)]
        for value in values:
            await self._kafka.send_and_wait(topic, value, key, partition, headers=headers)

    def handover(self, to: str) -> bytes:
        sealed = seal_for_unit(
            self.case.key, self._system.keys[to].sealing.public_key(), to, self.case.stream, Secret.CASE_KEY
        )
        head = self.case.head
        assert head is not None
        message = Handover(
            source=FAR, case=self.case.stream, to=to, head=head.hex(), epoch=0, sealed_key=base64url.encode(sealed)
        )
        return write(message)

    async def learn(self, tier: str, length: int) -> None:
        """Take up what this service wrote to the case, once its chain is that long."""

        async def look() -> list[bytes]:
            return (await self._system.chains(tier)).get(self.case.stream, [])

        self.case.values = await until(look, lambda seen: len(seen) == length)


async def queues(system: System, tier: str) -> dict[str, int]:
    """What lies aside there, as /readyz shows it."""
    found = (await system.status(tier))["queues"]
    return {name: found[name] for name in QUEUES if found[name]}


async def show(system: System, *tiers: str, **wanted: int) -> None:
    """Return when /readyz of these services shows exactly this."""
    for tier in tiers:
        await until(lambda tier=tier: queues(system, tier), lambda seen: seen == wanted)


async def same_everywhere(system: System, far: FarOffice) -> None:
    """District and portal have exactly the chain that the far office has."""

    async def look() -> list[list[bytes]]:
        return [(await system.chains(tier)).get(far.case.stream, []) for tier in ("district", "portal")]

    await until(look, lambda seen: all(copy == far.case.values for copy in seen))


@pytest.mark.timeout(400)
async def test_what_comes_twice_out_of_order_or_forged_changes_nothing_but_is_seen(
    alone: System, kafka: AIOKafkaProducer
) -> None:
    far = FarOffice(alone, kafka, f"{FAR}-20260105-0001")
    district = alone.clerk(DATONG)

    # The chain comes into the inbox last event first, and everything three times.
    received = CaseReceived(item=REGISTRATION, item_version=1, channel="window", applicant=Plain("张三"))
    first = far.case.write(received, FAR)
    second = far.case.write(CaseReferred(to=DATONG, referral="transfer", reason="area"), FAR, DATONG)
    for _ in range(3):
        await far.publish(second, first)
        await far.send(DATONG, second, first, first, far.handover(DATONG))
    await district.arrived(far.case.stream)
    await far.learn("district", 3)
    await same_everywhere(alone, far)
    await show(alone, "district", "portal")

    # It goes back; from here on the far office writes, and others follow.
    assert (await district.act(far.case.stream, "acknowledge")).done
    assert (await district.act(far.case.stream, "return", to=FAR, purpose="handled", note="已办")).done
    await far.learn("district", 5)
    far.case.holder, far.case.term = FAR, far.case.term + 1
    head = far.case.head
    assert head is not None
    arrived = far.case.write(HandoverArrived(handover=head.hex()), FAR)
    before = far.case.copy()
    accepted = far.case.write(CaseAccepted(accepted_on=date(2026, 1, 5), deemed=False, limits=()), FAR)
    started = far.case.write(StepStarted(step="review"), FAR)

    # The last comes first: it is kept aside until what it stands on is here.
    await far.publish(started)
    await show(alone, "district", "portal", parked=1)
    await far.publish(accepted, arrived, started, accepted)
    await same_everywhere(alone, far)
    await show(alone, "district", "portal")

    # Another record at a number that is taken; one by a unit that does not hold the case; one that is none.
    at_rest = {tier: await alone.chains(tier) for tier in alone.services}
    contradicting = before.write(StepCompleted(step="review", outcome="passed"), FAR)
    intruding = far.case.copy().write(StepCompleted(step="review", outcome="passed"), FARTHER)
    assert digest(contradicting) != digest(accepted)
    await far.publish(contradicting, intruding, contradicting)
    await show(alone, "district", "portal", quarantined=2)
    await far.publish(b'{"specversion":"1.0"}')
    await show(alone, "district", "portal", quarantined=2, dead=1)
    assert {tier: await alone.chains(tier) for tier in alone.services} == at_rest
    reasons = await asyncio.gather(*(alone.quarantined(tier) for tier in ("district", "portal")))
    assert reasons == [{digest(contradicting): "contradicts", digest(intruding): "not_the_holder"}] * 2

    # The case goes on.
    completed = far.case.write(StepCompleted(step="review", outcome="passed"), FAR)
    await far.publish(completed)
    await same_everywhere(alone, far)
    assert (await district.case(far.case.stream)).case["custody"]["unit"] == FAR
