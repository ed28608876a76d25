"""That world in real servers: its databases, each with copies to spoil, its topics, and its history as a file."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import Stack
from tests.chaos.checker import Evidence
from tests.chaos.handmade.chains import UNITS, Made
from tests.chaos.handmade.story import World
from tests.chaos.handmade.tables import fill

FEEDS = ("township.events", "district.events", "city.events", "portal.events", "reference.events")


@dataclass(slots=True)
class Topics:
    """The world's topics under one prefix, one partition each."""

    bootstrap: str
    prefix: str
    cluster: str = ""

    async def make(self, sent: Mapping[str, Sequence[Made]]) -> None:
        """Made, and filled in the order given."""
        admin: Any = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        try:
            self.cluster = str((await admin.describe_cluster())["cluster_id"])
            await admin.create_topics([NewTopic(f"{self.prefix}{name}", 1, 1) for name in {*FEEDS, *sent}])
        finally:
            await admin.close()
        for topic, some in sent.items():
            await self.send(topic, [(m.columns["stream"], m.value) for m in some])

    async def send(self, topic: str, records: Iterable[tuple[str, bytes]]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer:
            for stream, value in records:
                await producer.send_and_wait(f"{self.prefix}{topic}", value, stream.encode())

    async def ends(self) -> dict[tuple[str, int], int]:
        async with AIOKafkaConsumer(bootstrap_servers=self.bootstrap) as consumer:
            names = [name for name in await consumer.topics() if name.startswith(self.prefix)]
            found = await consumer.end_offsets([TopicPartition(name, 0) for name in names])
        return {(at.topic, at.partition): end for at, end in found.items()}


class Databases:
    """One a service, copied from a filled one: what a test spoils is its own."""

    def __init__(self, stack: Stack, name: str) -> None:
        self._stack = stack
        self._name = name
        self._copies = 0
        self._made: list[str] = []

    def dsn(self, service: str) -> str:
        """Of the sound one."""
        return self._stack.postgres.admin_dsn(f"{self._name}_{service}")

    def create(self, service: str) -> str:
        self._stack.postgres.sql(f'create database "{self._name}_{service}"')
        self._made.append(f"{self._name}_{service}")
        return self.dsn(service)

    def copy(self, service: str) -> str:
        """Of the sound one, for a test to spoil."""
        self._copies += 1
        name = f"{self._name}_{service}_{self._copies}"
        self._stack.postgres.sql(f'create database "{name}" template "{self._name}_{service}"')
        self._made.append(name)
        return self._stack.postgres.admin_dsn(name)

    def drop(self) -> None:
        for name in reversed(self._made):
            self._stack.postgres.sql(f'drop database "{name}" with (force)')


def write_history(path: Path, lines: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))
    return path


async def evidence(stack: Stack, databases: Databases, topics: Topics, folder: Path, made: World) -> Evidence:
    """Of the sound world: databases filled, topics made."""
    await topics.make(made.sent)
    ends = await topics.ends()
    for service in UNITS:
        dsn = await asyncio.to_thread(databases.create, service)
        await fill(dsn, service, made, topics.prefix, ends, topics.cluster)
    dsns = {service: databases.dsn(service) for service in UNITS}
    history = write_history(folder / "history.jsonl", made.history)
    return Evidence(history, dsns, stack.kafka.bootstrap(), topics.prefix, units=UNITS)
