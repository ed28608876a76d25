"""Records that no service can read."""

import random
from typing import TYPE_CHECKING, Any

from tests.chaos.faults.topics import HEADERS, every_topic, hashed, producing
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

HUGE = 900_000
POISON: dict[str, bytes | None] = {
    "nothing": b"",
    "tombstone": None,
    "no_json": b'{"specversion":',
    "not_utf8": b'{"a":"\xff\xfe"}',
    "field_twice": b'{"specversion":"1.0","specversion":"1.0"}',
    "nul": b'{"specversion":"1.0","id":"a\\u0000b"}',
    "no_event": b'{"specversion":"1.0"}',
    "huge": b'{"a":"' + b"x" * HUGE + b'"}',
    "strange_header": b'{"specversion":"1.0","id":"strange header"}',
}


async def poison(world: "World", fault: Fault) -> dict[str, Any]:
    """What no service can read."""
    chance = random.Random(fault.more["pick"])
    topics = every_topic(world)
    sent: list[str] = []
    async with producing(world) as producer:
        for name in fault.more["records"]:
            value, topic = POISON[name], chance.choice(topics)
            key = chance.choice((None, b"nobody", b"\xff\x00"))
            if value is None and key is None:
                key = b"nobody"  # aiokafka sends nothing that has neither
            headers = [("content-type", b"\xff\xfe")] if name == "strange_header" else HEADERS
            world.injected.add(hashed(value))
            await producer.send_and_wait(topic, value, key, headers=headers)
            sent.append(f"{name} in {topic}")
    return {"sent": sent}
