"""The tables of one service of that world, with what its views have to show."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from services.office.service import OFFICE_MIGRATIONS
from services.portal.service import PORTAL_MIGRATIONS
from services.runtime.database import MIGRATIONS, migrate
from tests.chaos.handmade.chains import BEGIN, CITY, TOWNSHIP, UNITS
from tests.chaos.handmade.story import CASES, ORDER, REQUEST, World

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


SUPERVISED = {
    "stream": ORDER, "seq": 1, "epoch": 0, "number": CASES[1], "orderer": CITY, "ordered": TOWNSHIP, "reason": "late",
    "days": 3, "given_on": BEGIN.date(), "given_at": BEGIN,
}  # fmt: skip
ASKED = {
    "stream": REQUEST, "about": CASES[3], "kind": "urge", "asker": "portal", "at": BEGIN, "holder": TOWNSHIP,
    "waits": False,
}  # fmt: skip
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
        await put(db, "supervision", SUPERVISED)
        if service == "township":
            await put(db, "waiting", ASKED)
        await db.execute(COUNTED)
        kept = ("cases", "supervision", "deadlines", "handover_arrived")
        for follower in (*kept, "waiting") if service != "portal" else kept:
            await put(db, "checkpoint", {"follower": follower, "pos": pos})
        for (topic, part), end in ends.items():
            await put(db, "read_offset", {"topic": topic, "partition": part, "next_offset": end, "cluster": kafka})
    finally:
        await db.close()


async def put(db: "asyncpg.Connection[asyncpg.Record]", table: str, row: Mapping[str, Any]) -> None:
    places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    await db.execute(f"insert into {table} ({', '.join(row)}) values ({places})", *row.values())
