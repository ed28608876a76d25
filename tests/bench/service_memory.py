"""How much memory a tier service takes with so many open cases in its log: the most that it ever had since its start,
while it built its views and then under a load of clerks."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import asyncpg

from contracts.case import CaseReceived
from contracts.fields import Ciphertext
from services.office.case_view import CaseView
from services.runtime.database import connect
from services.runtime.rebuild import rebuild
from services.runtime.row import write_row
from tests.bench.harness import Bench
from tests.bench.http_client import Job, post_elsewhere
from tests.bench.running import running
from tests.journeys import rest
from tests.journeys.clerk import receipt
from tests.journeys.places import REGISTRATION, SHANGYAO
from tests.journeys.system import Service

FILL = Path(__file__).with_name("own_cases.sql").read_text(encoding="utf-8")
AT_ONCE = 100_000
ACTS = 3_000
CONNECTIONS = 32
BUILT_WITHIN = 4 * 3600.0


async def most(bench: Bench, cases: int, heard: Callable[[str], None]) -> float:
    """In megabytes."""
    async with running(bench, "township") as system:
        service = system.services["township"]
        await system.stop("township")
        await _fill(service, cases, heard)
        heard(f"{cases:,} cases: a service builds its views")
        await system.start("township")
        await rest.at_rest([service], system.stack.kafka.bootstrap(), system.prefix, BUILT_WITHIN)
        token = system.token(SHANGYAO, ("clerk",), "A01")
        body = json.dumps(receipt(), ensure_ascii=False)
        done = await post_elsewhere(Job([service.port], token, CONNECTIONS, ["/api/v1/cases"] * ACTS, body))
        paths = [f"/api/v1/cases/{number}/accept" for number in done.numbers]
        await post_elsewhere(Job([service.port], token, CONNECTIONS, paths, "{}"))
        await rest.at_rest([service], system.stack.kafka.bootstrap(), system.prefix, 600)
        assert service.process is not None
        return peak(service.process.pid)


def peak(pid: int) -> float:
    """Megabytes, as the kernel noted them."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))


async def _fill(service: Service, cases: int, heard: Callable[[str], None]) -> None:
    """Cases that its units have just received and told everybody about: no limit of any has passed, or the clock of the
    law would act on each."""
    now = datetime.now(UTC).replace(microsecond=0)
    told = CaseReceived(
        item=REGISTRATION, item_version=1, channel="window", applicant=Ciphertext("v1." + "A" * 300), materials=()
    )
    stream = f"{SHANGYAO}-20261122-0001"
    command = sha256(stream.encode()).digest()
    row = write_row(
        told, stream=stream, seq=1, epoch=0, term=0, unit=SHANGYAO, holder=SHANGYAO, actor="A01", time=now,
        recorded=now, command=command, prev=None,
    )  # fmt: skip
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(service.dsn)
    try:
        before: int = await connection.fetchval("select pos from log_head")
        for first in range(1, cases + 1, AT_ONCE):
            last = min(first + AT_ONCE - 1, cases)
            heard(f"{cases:,} cases: {last:,} written for a service")
            await connection.execute(
                FILL, first, last, before, row.value.decode(), stream, SHANGYAO, command.hex(), row.type, now,
                timeout=600,
            )  # fmt: skip
        await connection.execute("update log_head set pos = $1", before + cases)
        await connection.execute("update relay set pos = $1, followed = $1, tracked = $1", before + cases)
        await connection.execute("vacuum analyze log", timeout=3600)
    finally:
        await connection.close()
    heard(f"{cases:,} cases: the view of cases")
    async with await connect(service.dsn, size=2) as pool:
        await rebuild(pool, CaseView())
        await pool.execute("vacuum analyze cases", timeout=3600)
