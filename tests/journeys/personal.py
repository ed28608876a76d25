"""Where a text might lie that should lie nowhere: topics, logs, databases. What is encoded or packed is unpacked."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import administrator

VAULT = frozenset({"vault_key", "vault_blind", "vault_citizen", "vault_forgotten"})
TABLES = """
select n.nspname || '.' || c.relname as name, c.oid::regclass::text as quoted from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'm') and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
"""
COLUMNS = """
select attname as name, atttypid = 'bytea'::regtype as bytes from pg_attribute
where attrelid = $1::text::regclass and attnum > 0 and not attisdropped
"""
_ENCODED = re.compile(rb"[A-Za-z0-9+/_-]{12,}")
_HEX = re.compile(rb"(?:[0-9a-fA-F]{2}){8,}")
_ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}")


def forms(text: str) -> set[bytes]:
    """How a text may stand in bytes: as UTF-8, UTF-16, GB 18030, or percent-encoded."""
    percent = "".join(f"%{byte:02X}" for byte in text.encode())
    return {text.encode(), text.encode("utf-16-le"), text.encode("gb18030"), percent.encode()}


def readings(value: bytes, depth: int = 3) -> Iterator[bytes]:
    """The value, and what its JSON escapes, base64, hex and packed parts hold, so many layers down."""
    yield value
    if depth == 0:
        return
    if _ESCAPED.search(value):
        yield _ESCAPED.sub(lambda found: chr(int(found[0][2:], 16)).encode("utf-8", "surrogatepass"), value)
    for part in _ENCODED.findall(value):
        found = part.translate(bytes.maketrans(b"-_", b"+/"))
        try:
            yield from readings(base64.b64decode(found + b"=" * (-len(found) % 4)), depth - 1)
        except binascii.Error:
            continue
    for part in _HEX.findall(value):
        yield from readings(bytes.fromhex(part.decode()), depth - 1)
    try:
        yield from readings(zlib.decompress(value, wbits=47), depth - 1)
    except zlib.error:
        return


class Search:
    """For these texts; `found` are the places, `seen` how many values were looked at by kind of place."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._wanted = {form: text for text in texts for form in forms(text)}
        self._any = re.compile(b"|".join(map(re.escape, self._wanted)))
        self.found: list[tuple[str, str]] = []
        self.seen: dict[str, int] = {}

    def look(self, place: str, value: bytes) -> None:
        kind = place.split(" ")[0]
        self.seen[kind] = self.seen.get(kind, 0) + 1
        for reading in readings(value):
            self.found += [(place, self._wanted[hit]) for hit in set(self._any.findall(reading))]

    async def topics(self, kafka: str, prefix: str) -> None:
        """Every record of every topic under this prefix, from the first: keys, values and headers."""
        async with administrator(KafkaLink(kafka)) as admin:
            names = [name for name in await admin.list_topics() if name.startswith(prefix)]
            told = await admin.describe_topics(names)
        at = [TopicPartition(topic["topic"], p["partition"]) for topic in told for p in topic["partitions"]]
        async with AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False) as consumer:
            ends = await consumer.end_offsets(at)
            consumer.assign(at)
            await consumer.seek_to_beginning(*at)
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for partition, records in (await consumer.getmany(timeout_ms=500)).items():
                    for record in records:
                        place = f"topic {partition.topic}:{partition.partition}:{record.offset}"
                        for part in (record.key, record.value, *(value for _, value in record.headers)):
                            self.look(place, part or b"")

    def log(self, path: Path) -> None:
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            self.look(f"log {path.name}:{number}", line)

    async def database(self, name: str, dsn: str, without: frozenset[str] = VAULT) -> None:
        """Every column of every table but `without`."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
        try:
            for table in await connection.fetch(TABLES):
                if table["name"].partition(".")[2] not in without:
                    await self._table(connection, name, table)
        finally:
            await connection.close()

    async def _table(
        self, connection: "asyncpg.Connection[asyncpg.Record]", name: str, table: "asyncpg.Record"
    ) -> None:
        columns = await connection.fetch(COLUMNS, table["quoted"])
        wanted = ", ".join(f'"{c["name"]}"' if c["bytes"] else f'"{c["name"]}"::text' for c in columns)
        async with connection.transaction():
            async for row in connection.cursor(f"select {wanted} from {table['quoted']}"):
                for column, value in zip(columns, row, strict=True):
                    raw = value if isinstance(value, bytes) else (value or "").encode()
                    self.look(f"table {name}.{table['name']}.{column['name']}", raw)
