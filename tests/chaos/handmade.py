"""A small world made by hand, that the checker is checked by: records, rows, topics and a history, with nothing of the
product but its empty tables. Every value here was written down from the design, none was computed by a service.

A township, the city and the portal. Case 1 was referred to the city and concluded there. Case 2 was suspended and went
on. The city assumed case 3, and what the township wrote meanwhile lost. Case 4 is new; its applicant asked for haste.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.local import Stack
from services.office.service import OFFICE_MIGRATIONS
from services.portal.service import PORTAL_MIGRATIONS
from services.runtime.database import MIGRATIONS, migrate
from tests.chaos.checker import Evidence

TOWNSHIP, CITY, PORTAL = "340402100", "340400", "portal"
UNITS = {"township": (TOWNSHIP,), "city": (CITY,), "portal": (PORTAL,)}
BEGIN = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
CASES = [f"{TOWNSHIP}-20261125-{serial:04}" for serial in range(1, 5)]
REQUEST = f"request/{sha256(b'haste').hexdigest()[:32]}"
NAME, NUMBER, PHONE = "李四", "340405199001011234", "13800001111"
SEALED = "v1." + "A" * 80
FEEDS = ("township.events", "district.events", "city.events", "portal.events", "reference.events")


@dataclass(frozen=True, slots=True)
class Made:
    """A record, and the columns that stand beside it in a log."""

    value: bytes
    columns: Mapping[str, Any]

    @property
    def hash(self) -> bytes:
        return self.columns["hash"]


@dataclass(slots=True)
class Chain:
    """Records of one stream, one after the other, five minutes apart."""

    stream: str
    made: list[Made] = field(default_factory=list[Made])

    def add(
        self,
        name: str,
        unit: str,
        holder: str = "",
        *,
        key: str,
        actor: str = "A01",
        epoch: int | None = None,
        term: int | None = None,
        at: int | None = None,
        under: tuple[int, int] | None = None,
        **data: Any,
    ) -> Made:
        """The next one; `at` puts it behind so many records, not behind the last. Epoch and term follow from it.
        `under`: of a request, the epoch and term that it was asked under."""
        if under is not None:
            data |= {"epoch": under[0], "term": under[1]}
        before = self.made[: at if at is not None else len(self.made)]
        last = before[-1].columns if before else None
        holder = holder or (last["holder"] if last else unit)
        kind = self.stream.partition("/")[0] if "/" in self.stream else "case"
        if name == "CustodyAssumed":
            epoch, term = (last["epoch"] if last else 0) + 1 if epoch is None else epoch, 0
        said_epoch = (last["epoch"] if last else 0) if epoch is None else epoch
        said_term = (last["term"] + (holder != last["holder"]) if last else 0) if term is None else term
        columns = {
            "stream": self.stream, "seq": len(before) + 1, "epoch": said_epoch, "term": said_term, "holder": holder,
            "type": f"sanji.{kind}.{name}.v1", "unit": unit, "actor": actor,
            "time": BEGIN + timedelta(minutes=5 * len(before)), "recorded": BEGIN + timedelta(minutes=5 * len(before)),
            "command": sha256(f"{unit}\0{key}".encode()).digest(), "prev": last["hash"] if last else None,
        }  # fmt: skip
        value = written(columns, data)
        made = Made(value, {**columns, "value": value, "hash": sha256(value).digest()})
        self.made = [*before, made]
        return made


def written(columns: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
    """The record of these columns: a CloudEvents object in the envelope's order."""
    said = {
        "specversion": "1.0", "id": f"{columns['stream']}:{columns['seq']}", "type": columns["type"],
        "source": columns["unit"], "subject": columns["stream"], "time": _instant(columns["time"]),
        "datacontenttype": "application/json", "dataschema": f"urn:sanji:schema:{columns['type']}",
        "seq": columns["seq"], "epoch": columns["epoch"], "term": columns["term"], "holder": columns["holder"],
        "actor": columns["actor"], "recorded": _instant(columns["recorded"]), "command": columns["command"].hex(),
    }  # fmt: skip
    if columns["prev"] is not None:
        said["prevhash"] = columns["prev"].hex()
    return json.dumps({**said, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def received(number: str, key: str) -> Chain:
    """A case of the township, accepted by A01."""
    chain = Chain(number)
    chain.add(
        "CaseReceived", TOWNSHIP, key=key, item="registration", item_version=1, channel="window", applicant=SEALED
    )
    chain.add("CaseAccepted", TOWNSHIP, key=f"{key}-accept", accepted_on="2026-11-25", limits=[])
    return chain


@dataclass(slots=True)
class World:
    """What lies where. `logs`: by service, its live rows, `beaten` those that lost; `sent`: by topic without prefix."""

    logs: dict[str, list[Made]]
    beaten: dict[str, list[Made]]
    sent: dict[str, list[Made]]
    history: list[dict[str, Any]]
    chains: dict[str, Chain]


def world() -> World:
    one = received(CASES[0], "one")
    one.add("CaseReferred", TOWNSHIP, CITY, key="one-refer", to=CITY, referral="forward_up", reason="law")
    one.add("HandoverArrived", CITY, key="arrive", actor="service", handover=one.made[-1].hash.hex())
    one.add("ReferralAcknowledged", CITY, key="one-take", actor="C01", person="C01")
    one.add("CaseDecided", CITY, key="one-decide", actor="C01", outcome="granted")
    one.add("CaseConcluded", CITY, key="one-conclude", actor="C01", outcome="issued", on_the_spot=False)
    two = received(CASES[1], "two")
    two.add("CaseSuspended", TOWNSHIP, key="two-suspend", ground="hearing", expected_days=3, notice="n1")
    two.add("CaseResumed", TOWNSHIP, key="two-resume", ground="hearing")
    three = received(CASES[2], "three")
    lost = three.add("StepStarted", TOWNSHIP, key="three-step", step="review")
    three.add("CustodyAssumed", CITY, CITY, key="three-assume", actor="L01", at=2, order="HN-1", reason="late")
    four = Chain(CASES[3])
    four.add("CaseReceived", TOWNSHIP, key="four", item="registration", item_version=1, channel="window",
             applicant=SEALED)  # fmt: skip
    asks = Chain(REQUEST)
    asks.add(
        "UrgingRequested", PORTAL, key=f"{CASES[3]}/k1", actor="citizen", case=CASES[3], under=(0, 0), by="citizen",
        level="reminder",
    )  # fmt: skip
    four.add("CaseUrged", TOWNSHIP, key="answer", actor="service", by="citizen", level="reminder",
             request=REQUEST.partition("/")[2])  # fmt: skip
    chains = {chain.stream: chain for chain in (one, two, three, four, asks)}
    townships = [*one.made, *two.made, *three.made, *four.made, *asks.made]
    logs = {"township": townships, "city": [*one.made, *three.made], "portal": townships}
    sent = {
        "township.events": [*one.made[:3], *two.made, *three.made[:2], lost, *four.made],
        # Below the custody that it assumed the city repeats the chain.
        "city.events": [*one.made[3:], *three.made],
        "portal.events": asks.made,
        f"inbox.{CITY}": one.made[:3],
        f"inbox.{TOWNSHIP}": asks.made,
    }
    return World(logs, {service: [lost] for service in UNITS}, sent, told(), chains)


def told() -> list[dict[str, Any]]:
    """The history: every act once, one refused, one whose answer was lost, and the due dates of case 2."""
    applicant = {"name": NAME, "document_kind": "resident_id", "document_number": NUMBER, "phone": PHONE}
    body = {"item": "registration", "channel": "window", "applicant": applicant}
    lines: list[dict[str, Any]] = []

    def call(service: str, unit: str, person: str, path: str, key: str | None, what: str, **more: Any) -> None:
        id_, t = len(lines) // 2 + 1, float(len(lines))
        method = "POST" if key else "GET"
        said = {"who": f"clerk/{unit}/{person}", "unit": unit, "service": service, "method": method, "path": path}
        lines.append({"id": id_, "t": t, "what": "call", **said, "key": key, "body": more.pop("body", {})})
        lines.append({"id": id_, "t": t + 0.5, "what": what, **more})

    def act(number: str, name: str, key: str, person: str = "A01", unit: str = TOWNSHIP) -> None:
        service = "city" if unit == CITY else "township"
        call(service, unit, person, f"/api/v1/cases/{number}/{name}", key, "ok", status=200,
             answer={"case": {"number": number}, "pos": 1})  # fmt: skip

    def due(number: str, last_day: str | None) -> None:
        limits = [{"clock": "statutory", "about": None, "started": "2026-11-25T01:05:00Z", "last_day": last_day,
                   "stopped": None}]  # fmt: skip
        call("township", TOWNSHIP, "A01", f"/api/v1/cases/{number}/deadline", None, "ok", status=200,
             answer={"case": number, "limits": limits})  # fmt: skip

    for number, key in zip(CASES, ("one", "two", "three", "four"), strict=True):
        call("township", TOWNSHIP, "A01", "/api/v1/cases", key, "ok", status=201, body=body,
             answer={"case": {"number": number}, "pos": 1})  # fmt: skip
        if key != "four":
            act(number, "accept", f"{key}-accept")
    act(CASES[0], "refer", "one-refer")
    act(CASES[0], "acknowledge", "one-take", "C01", CITY)
    act(CASES[0], "decide", "one-decide", "C01", CITY)
    act(CASES[0], "conclude", "one-conclude", "C01", CITY)
    due(CASES[1], "2026-12-23")
    act(CASES[1], "suspend", "two-suspend")
    due(CASES[1], None)
    act(CASES[1], "resume", "two-resume")
    due(CASES[1], "2026-12-24")
    act(CASES[2], "start-step", "three-step")
    act(CASES[2], "assume-custody", "three-assume", "L01", CITY)
    # Sent again with its key, and by the same person with another: once it is superseded, once there is nothing to do.
    call("township", TOWNSHIP, "A01", f"/api/v1/cases/{CASES[2]}/start-step", "three-step", "failed", status=409,
         answer={"code": "superseded", "status": 409})  # fmt: skip
    act(CASES[1], "accept", "two-accept-again")
    call("portal", "portal", "citizen", "/api/v1/track/urge", "k1", "ok", status=200, body={"number": CASES[3]},
         answer={"request": REQUEST.partition("/")[2], "number": CASES[3]})  # fmt: skip
    call("township", TOWNSHIP, "A01", f"/api/v1/cases/{CASES[3]}/decide", "early", "failed", status=409,
         answer={"code": "wrong_phase", "status": 409})  # fmt: skip
    call("township", TOWNSHIP, "A01", f"/api/v1/cases/{CASES[3]}/claim", "silent", "unknown", why="ReadTimeout")
    return lines


PLAIN = {
    "item": "registration", "item_version": 1, "channel": "window", "imported": False, "receiver": TOWNSHIP,
    "outcome": None, "closed": False, "custody": "held", "sender": None, "arrived": True, "person": None,
    "clock": "running", "steps": 0, "accepted_by": "A01", "received_at": BEGIN, "closed_at": None, "epoch": 0,
    "term": 0, "path": [TOWNSHIP], "passes": [], "holder": TOWNSHIP, "phase": "accepted",
}  # fmt: skip


def rows_of_cases() -> list[dict[str, Any]]:
    """What the view has to show of each."""

    def at(n: int) -> datetime:
        return BEGIN + timedelta(minutes=5 * n)

    return [
        {
            **PLAIN, "stream": CASES[0], "seq": 7, "term": 1, "phase": "concluded", "outcome": "issued", "closed": True,
            "holder": CITY, "sender": TOWNSHIP, "person": "C01", "path": [TOWNSHIP, CITY], "passes": ["forward_up"],
            "closed_at": at(6), "last_at": at(6), "last_type": "sanji.case.CaseConcluded.v1",
        },
        {**PLAIN, "stream": CASES[1], "seq": 4, "last_at": at(3), "last_type": "sanji.case.CaseResumed.v1"},
        {
            **PLAIN, "stream": CASES[2], "seq": 3, "epoch": 1, "holder": CITY, "sender": TOWNSHIP,
            "path": [TOWNSHIP, CITY], "passes": ["assumption"], "last_at": at(2),
            "last_type": "sanji.case.CustodyAssumed.v1",
        },
        {
            **PLAIN, "stream": CASES[3], "seq": 2, "phase": "received", "clock": "not_started", "accepted_by": None,
            "last_at": at(1), "last_type": "sanji.case.CaseUrged.v1",
        },
    ]  # fmt: skip


COUNTED = """
insert into tally (view, name, key, n)
select 'cases', 'phase', holder || '/' || phase || '/' || custody, count(*) from cases group by 3
union all select 'cases', 'item', item || '/' || case when closed then 'closed' else 'open' end, count(*)
    from cases group by 3
union all select 'cases', 'received_on', '2026-11-25', count(*) from cases having count(*) > 0
union all select 'cases', 'closed_on', '2026-11-25', count(*) from cases where closed having count(*) > 0
union all select 'cases', 'flow', path[1] || '/' || path[2] || '/' || passes[1], count(*)
    from cases where passes <> '{}' group by 3
union all select 'deadline', 'light', holder || '/green/2026-12-17/2026-12-24', count(*) from deadline group by 3
"""
DUE, AMBER = datetime(2026, 12, 23, 16, tzinfo=UTC), datetime(2026, 12, 16, 16, tzinfo=UTC)
"""Midnights in the office."""


async def fill(
    dsn: str, service: str, made: World, prefix: str, ends: Mapping[tuple[str, int], int], kafka: str
) -> None:
    """The tables of one service. `ends`: how much its topics hold; `kafka`: the cluster's id."""
    db: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
    try:
        await migrate(db, (MIGRATIONS, OFFICE_MIGRATIONS, PORTAL_MIGRATIONS))
        own = {
            (topic, m.hash) for topic, sent in made.sent.items() for m in sent if m.columns["unit"] in UNITS[service]
        }
        pos = 0
        for live, some in ((True, made.logs[service]), (False, made.beaten[service])):
            for m in some:
                pos += 1
                topic = next((t for t, hash_ in sorted(own) if hash_ == m.hash and t.endswith(".events")), None)
                row = {
                    "pos": pos, **m.columns, "topic": topic and f"{prefix}{topic}", "live": live,
                    "superseded_at": None if live else BEGIN + timedelta(hours=1),
                }  # fmt: skip
                await put(db, "log", row)
        await db.execute("update log_head set pos = $1", pos)
        await db.execute("update relay set pos = $1, followed = $1, tracked = $1, cluster = $2", pos, kafka)
        here = {m.columns["stream"] for m in made.logs[service]}
        for row in rows_of_cases():
            if row["stream"] in here:
                await put(db, "cases", row)
                if row["phase"] != "concluded":
                    limit = {name: row[name] for name in ("stream", "seq", "holder")}
                    rest = {"clock": "statutory", "due": DUE, "amber": AMBER, "paused": False, "provisional": False}
                    await put(db, "deadline", limit | rest)
                if row["holder"] in UNITS[service]:
                    await put(db, "vault_key", {"stream": row["stream"], "unit": row["holder"], "wrapped": b"wrapped"})
        if CASES[2] in here:
            await put(db, "fence", {"stream": CASES[2], "epoch": 1})
        await db.execute(COUNTED)
        for follower in ("cases", "supervision", "deadlines", "handover_arrived", "waiting"):
            await put(db, "checkpoint", {"follower": follower, "pos": pos})
        for (topic, part), end in ends.items():
            await put(db, "read_offset", {"topic": topic, "partition": part, "next_offset": end, "cluster": kafka})
    finally:
        await db.close()


async def put(db: "asyncpg.Connection[asyncpg.Record]", table: str, row: Mapping[str, Any]) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await db.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())


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
