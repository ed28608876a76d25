"""Kafka killed, replaced by an empty one, or less one of its brokers."""

import asyncio
from typing import TYPE_CHECKING

from tests.chaos.brokers import Brokers
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World


async def kill_kafka(world: "World", fault: Fault) -> None:
    """kill -9, and it stays away for a while."""
    with world.down("kafka"):
        async with world.alone["kafka"]:
            await asyncio.to_thread(world.stack.kafka.kill9)
        await asyncio.sleep(fault.lasts)


async def wipe_kafka(world: "World", fault: Fault) -> None:
    """An empty Kafka takes its place, at the same addresses."""
    with world.down("kafka"):
        async with world.alone["kafka"]:
            world.clusters_replaced = True
            await asyncio.to_thread(world.stack.kafka.wipe)


async def lose_broker(world: "World", fault: Fault) -> None:
    """kill -9 of one of three brokers, which comes back later and takes up what it missed."""
    brokers = world.stack.kafka
    assert isinstance(brokers, Brokers)
    with world.down("kafka"):
        async with world.alone["kafka"]:
            await asyncio.to_thread(brokers.nodes[fault.more["broker"] - 1].kill9)
        await asyncio.sleep(fault.lasts)
