"""A service's relay on real parts, and what others then find in Kafka."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from contracts.case import CaseReceived, CaseReferred
from contracts.envelope import Envelope
from contracts.events import Event
from contracts.fields import Plain
from contracts.inbox import AnyMessage, read_inbox
from contracts.topics import Topics
from services.runtime.deliveries import Again, Deliveries
from services.runtime.host import Host
from services.runtime.kafka_link import KafkaLink, started
from services.runtime.kafka_topics import Wanted, ensure_topics, feeds, inboxes
from services.runtime.keys import UnitKeys, make_unit_keys
from services.runtime.log import Log
from services.runtime.relay import Relay
from services.runtime.row import Row, write_row
from services.runtime.sealed_events import seal_event
from services.runtime.telling import Telling
from services.runtime.tide import Tide
from services.runtime.tracking import Cost
from services.runtime.vault import Held, Vault
from tests.runtime.logs import HERE, MORNING, THERE, draft, rows, running, writing

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

CHEAP = Cost(64, 1, 1)
PROMPT = Again(first=0.3, longest=1.0)
CITY = "340400"


@dataclass
class Office:
    """One service: its log, its vault, and relays made for it. `markers` are the positions that were announced."""

    log: Log
    dsn: str
    link: KafkaLink
    host: Host
    keys: dict[str, UnitKeys]
    vault: Vault
    markers: list[int] = field(default_factory=list[int])

    @property
    def feed(self) -> str:
        return self.host.topics.feed("township")

    @property
    def pool(self) -> "Pool[Record]":
        return self.log.pool

    def public_key(self, unit: str) -> X25519PublicKey | None:
        keys = self.keys.get(unit)
        return keys.sealing.public_key() if keys else None

    async def announce(self, highest: int) -> None:
        self.markers.append(highest)

    def relay(self, again: Again = PROMPT, stop_seconds: float = 2.0) -> Relay:
        deliveries = Deliveries(self.pool, self.log.tide, self.host, self.vault, self.public_key, again)
        telling = Telling(self.pool, self.host, self.vault, deliveries.inboxes, CHEAP, share=1.0)
        return Relay(
            self.pool, self.dsn, self.log.tide, self.host, self.link.options(), self.announce, deliveries, telling,
            stop_seconds=stop_seconds,
        )  # fmt: skip

    @contextlib.asynccontextmanager
    async def relaying(self, again: Again = PROMPT) -> AsyncIterator[Relay]:
        relay = self.relay(again)
        async with running(relay):
            yield relay

    async def make_topics(self, *without: str) -> None:
        await ensure_topics(self.link, [w for w in all_topics(self.host.topics) if w.name not in without])


def all_topics(topics: Topics) -> list[Wanted]:
    return [*feeds(topics), *inboxes(topics, (HERE, THERE, "portal"))]


@contextlib.asynccontextmanager
async def office(
    database: str, bootstrap: str, prefix: str, folder: Path, own: Sequence[str] = (HERE,), size: int = 8
) -> AsyncIterator[Office]:
    """A township service of `own`; everybody's public keys are known."""
    keys = {unit: make_unit_keys(folder, unit) for unit in (HERE, THERE, CITY)}
    host = Host("township-1", "township", frozenset(own), CITY, Topics(prefix))
    async with writing(database, size) as log:
        yield Office(log, database, KafkaLink(bootstrap), host, keys, Vault({u: keys[u] for u in own}))


@contextlib.asynccontextmanager
async def reading(bootstrap: str, topic: str) -> AsyncIterator["Reader"]:
    """Everything in a topic from its first record on."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False, fetch_max_wait_ms=50
    )
    async with started(consumer):
        yield Reader(consumer)


class Reader:
    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.records: list[ConsumerRecord] = []

    async def until(self, count: int, seconds: float = 20.0) -> list[ConsumerRecord]:
        """All records, as soon as there are `count`."""
        async with asyncio.timeout(seconds):
            while len(self.records) < count:
                for some in (await self._consumer.getmany(timeout_ms=200)).values():
                    self.records.extend(some)
        return self.records

    async def now(self) -> list[ConsumerRecord]:
        """All records up to the topic's present end."""
        ends = await self._consumer.end_offsets(self._consumer.assignment())
        return await self.until(sum(ends.values()))


def said(records: Sequence[ConsumerRecord]) -> list[Envelope | AnyMessage]:
    found: list[Envelope | AnyMessage] = []
    for record in records:
        assert record.value is not None
        found.append(read_inbox(record.value))
    return found


def passing(after: Row, event: Event, to: str, unit: str | None = None) -> Row:
    """The row of a pass by the holder to `to`."""
    return write_row(
        event, stream=after.stream, seq=after.seq + 1, epoch=after.epoch, term=after.term + 1,
        unit=unit or after.holder, holder=to, actor="A01", time=MORNING, recorded=MORNING,
        command=sha256(f"{after.hash!r}{to}".encode()).digest(), prev=after.hash,
    )  # fmt: skip


def referral(to: str) -> CaseReferred:
    return CaseReferred(to=to, referral="forward_up", reason="higher_authority")


def received(stream: str, key: bytes) -> CaseReceived:
    return seal_event(
        CaseReceived(item="birth", item_version=1, channel="window", applicant=Plain("张三")), key, stream, 1
    )


async def receive(here: Office, stream: str, key: bytes, code: str = "K7QMT4WXRA") -> Row:
    """A receipt as the office writes it, key and code in the vault."""
    unit = stream.partition("-")[0]
    written = rows(stream, [received(stream, key)], unit=unit)
    await here.log.append(draft(written, here.vault.receive(Held(stream, unit, key), code, None), topic=here.feed))
    return written[-1]


async def settled(here: Office, kind: str, seconds: float = 20.0) -> None:
    """Until nothing of this kind is due or being sent again."""
    tide = Tide()
    async with asyncio.timeout(seconds):
        while await here.pool.fetchval("select count(*) from relay_due where kind = $1", kind):
            await tide.past(0, 0.05)


def seen(records: Sequence[ConsumerRecord]) -> set[bytes | None]:
    """The different values among them."""
    return {record.value for record in records}
