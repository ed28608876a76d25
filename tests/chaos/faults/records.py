"""Records that come twice, out of order or late."""

import asyncio
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tests.chaos.faults.missed import Missed
from tests.chaos.faults.topics import ANSWER_SECONDS, AWAY, Record, every_topic, last_records, producing
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

LATE_SECONDS = 60.0
"""How long copies that come late are kept when Kafka is away."""


async def repeat(world: "World", fault: Fault) -> dict[str, Any]:
    """The last records of some partition come twice more."""
    found = await _some(world, fault)
    await _send(world, [*found, *found])
    return {"topic": found[0].topic, "copies": 2 * len(found)}


async def reorder(world: "World", fault: Fault) -> dict[str, Any]:
    """They come again in another order."""
    found = await _some(world, fault)
    random.Random(fault.more["pick"]).shuffle(found)
    await _send(world, found)
    return {"topic": found[0].topic, "copies": len(found)}


async def delay(world: "World", fault: Fault) -> dict[str, Any]:
    """They come again much later, when the cases have gone on."""
    found = await _some(world, fault)
    await asyncio.sleep(fault.lasts)
    await _send(world, found, LATE_SECONDS)
    return {"topic": found[0].topic, "copies": len(found)}


async def _some(world: "World", fault: Fault) -> list[Record]:
    """Records at the end of a partition in which there are any."""
    chance = random.Random(fault.more["pick"])
    topics = every_topic(world)
    chance.shuffle(topics)
    for topic in topics:
        if found := await last_records(world, topic, chance, fault.more["records"]):
            return found
    raise Missed("there is no record yet")


async def _send(world: "World", records: Sequence[Record], patience: float = 0) -> None:
    """Where each came from. Raises Missed when Kafka does not answer within that many seconds more."""
    ends = asyncio.get_running_loop().time() + patience
    while True:
        try:
            async with asyncio.timeout(ANSWER_SECONDS), producing(world) as producer:
                waits = [
                    await producer.send(r.topic, r.value, r.key, r.partition, headers=list(r.headers)) for r in records
                ]
                await asyncio.gather(*waits)
                return
        except (Missed, *AWAY) as error:
            if asyncio.get_running_loop().time() > ends:
                raise Missed(f"Kafka did not answer: {type(error).__name__}") from error
            await asyncio.sleep(1)
