"""What is kept of a run in which something did not hold: every database as a backup that `sanji restore` takes, and the
chains that it is about, as every service and Kafka have them."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from aiokafka.errors import KafkaError

from contracts.topics import Topics
from services.cli.backup import make
from services.cli.refusing import Cannot
from services.runtime.kafka_link import KafkaLink
from services.runtime.whole_reading import CannotRead, read_to_end
from tests.chaos.faults.database import ANSWER_SECONDS, AWAY

if TYPE_CHECKING:
    from tests.chaos.world import World

MOST = 50
"""Chains."""
WAITING = """
select stream, 'to be sent: ' || kind || ', tried ' || tries || ' times' as what from relay_due
 where kind not in ('order', 'request', 'consultation') or tries = 0
union all select stream, 'request to be acted upon' from request_arrival
union all select stream, 'to be read again' from reread
union all select stream, 'staged' from staged
limit 10
"""
TABLES = {
    "log": "select pos, live, seq, epoch, term, unit, holder, type, encode(hash, 'hex') as hash, topic, "
    "convert_from(value, 'UTF8') as value from log where stream = $1 order by pos",
    "parked": "select * from parked where stream = $1",
    "quarantined": "select * from quarantined where stream = $1",
    "staged": "select * from staged where stream = $1",
    "case": "select * from cases where stream = $1",
    "deadline": "select * from deadline where stream = $1",
}


async def waiting(world: "World") -> list[tuple[str, str, str]]:
    """What is still on its way: service, stream, and what waits for it to be done. A few of each service."""
    found: list[tuple[str, str, str]] = []
    for tier, service in world.services.items():
        try:
            connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(service.dsn, timeout=ANSWER_SECONDS)
        except AWAY as error:
            found.append((tier, "", f"no connection: {error}"))
            continue
        found += [(tier, row["stream"], row["what"]) for row in await connection.fetch(WAITING)]
        await connection.close()
    return found


async def keep(world: "World", violations: Iterable[Mapping[str, str]], out: Path) -> None:
    """`databases/`, a backup a service; and one file a stream, `chains/<stream>.json`: by service its rows, and every
    record of it in the feeds. What cannot be had is named in its place."""
    waits = [asyncio.to_thread(_back_up, tier, one.dsn, out / "databases") for tier, one in world.services.items()]
    await asyncio.gather(*waits)
    streams = list(dict.fromkeys(one["stream"] for one in violations if one["stream"]))[:MOST]
    if not streams:
        return
    folder = out / "chains"
    folder.mkdir(exist_ok=True)
    found: dict[str, dict[str, Any]] = {stream: {} for stream in streams}
    for tier, service in world.services.items():
        try:
            for stream, rows in (await _rows(service.dsn, streams)).items():
                found[stream][tier] = rows
        except AWAY as error:
            for stream in streams:
                found[stream][tier] = {"unread": _why(error)}
    for stream, records in (await _sent(world, set(streams))).items():
        found[stream]["kafka"] = records
    for stream, everything in found.items():
        file = folder / f"{stream.replace('/', '_')}.json"
        file.write_text(json.dumps(everything, indent=1, ensure_ascii=False, default=_shown))


def _back_up(tier: str, dsn: str, folder: Path) -> None:
    try:
        make(dsn, folder)
    except (Cannot, *AWAY) as error:
        folder.mkdir(exist_ok=True)
        (folder / f"{tier}.txt").write_text(f"no backup: {_why(error)}\n")


async def _rows(dsn: str, streams: Iterable[str]) -> dict[str, dict[str, Any]]:
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn, timeout=ANSWER_SECONDS)
    try:
        found: dict[str, dict[str, Any]] = {}
        for stream in streams:
            rows = {name: await connection.fetch(table, stream) for name, table in TABLES.items()}
            found[stream] = {name: [dict(row) for row in some] for name, some in rows.items() if some}
        return found
    finally:
        await connection.close()


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


async def _sent(world: "World", streams: set[str]) -> dict[str, list[dict[str, Any]]]:
    topics = Topics(world.prefix)
    keys = {stream.encode(): stream for stream in streams}
    found: dict[str, list[dict[str, Any]]] = {stream: [] for stream in streams}
    try:
        async for records in read_to_end(
            KafkaLink(world.stack.kafka.bootstrap()), [*topics.feeds, topics.reference], lambda at: 0
        ):
            for r in records:
                if r.key in keys:
                    said = {"topic": r.topic, "partition": r.partition, "offset": r.offset, "value": r.value}
                    found[keys[r.key]].append(said)
    except (CannotRead, KafkaError, OSError, TimeoutError) as error:
        return {stream: [{"unread": str(error)}] for stream in streams}
    return found


def _shown(value: object) -> str:
    return (
        value.decode(errors="replace")
        if isinstance(value, bytes) and value[:1] == b"{"
        else (value.hex() if isinstance(value, bytes) else str(value))
    )
