"""Time of the server for each page of an office, at 100 requests a second, against its page with nothing on it; and the
bytes of the largest one."""

import asyncio
import contextlib
import json
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import httpx

from services.office.accounts.accounts import Accounts
from services.office.accounts.passwords import Passwords
from services.runtime.database import connect
from tests.bench.harness import Bench, Figure, Row, Side
from tests.bench.http_act import RECEIPT
from tests.bench.http_client import Job, post_elsewhere
from tests.bench.running import at_rest, running
from tests.journeys.places import SHANGYAO
from tests.journeys.waiting import until

CASES = 2_000
RATE = 100
SECONDS = 5
CLERK, PASSWORD = "window1", "four calm words here"
EMPTY = "/sign-in"
PAGES = {
    "cases due": "/work?list=due",
    "cases on nobody's desk": "/work?list=free",
    "one's own desk": "/work?list=mine",
    "a case": "/cases/{number}",
    "items": "/receive?q=s",
    "receiving": "/receive?item={item}",
}
"""What stands after the address, by what it is called."""


@contextlib.asynccontextmanager
async def sides(bench: Bench) -> AsyncIterator[tuple[Side, Side]]:
    async with running(bench, "township") as system:
        service = system.services["township"]
        token = system.token(SHANGYAO, ("clerk",), "A01")
        done = await post_elsewhere(Job([service.port], token, 32, ["/api/v1/cases"] * CASES, RECEIPT))
        async with await connect(service.dsn, size=2) as pool:
            accounts = Accounts(pool, Passwords())
            await accounts.add(CLERK, SHANGYAO, None, ("clerk",), PASSWORD)
            await accounts.set_password(CLERK, PASSWORD, must_change=False)
        await at_rest(system, service)
        item = json.loads(RECEIPT)["item"]
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        address = f"http://127.0.0.1:{service.port}"
        async with (
            httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as browser,
            httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as stranger,
        ):
            signed = await browser.post("/sign-in", data={"name": CLERK, "password": PASSWORD, "code": ""})
            assert signed.status_code == 303, signed.text
            paths = [path.format(number=done.numbers[0], item=item) for path in PAGES.values()]
            sizes = {path: len((await browser.get(path)).content) for path in paths}
            largest = max(sizes, key=lambda path: sizes[path])
            bench.note(f"The largest page of an office is {largest.partition('?')[0]}, {sizes[largest] / 1000:.0f} kB.")

            async def ours() -> list[float]:
                return [await slowest_but_five(browser, service.log, path) for path in paths]

            async def reference() -> list[float]:
                return [await slowest_but_five(stranger, service.log, EMPTY)] * len(paths)

            yield ours, reference


async def slowest_but_five(browser: httpx.AsyncClient, log: Path, path: str) -> float:
    """Milliseconds that the server took, of 95 in 100 at most, by its own log; requests come when they are due,
    answered or not."""
    before = await asyncio.to_thread(lambda: log.stat().st_size)
    begun = time.perf_counter()

    async def once(n: int) -> None:
        await asyncio.sleep(max(0.0, begun + n / RATE - time.perf_counter()))
        answer = await browser.get(path)
        assert answer.status_code == 200, answer.text

    await asyncio.gather(*(once(n) for n in range(RATE * SECONDS)))

    async def told() -> Sequence[float]:
        return await asyncio.to_thread(_told, log, before, path)

    found = await until(told, lambda found: len(found) >= RATE * SECONDS, 30)
    return statistics.quantiles(found, n=20)[-1]


def _told(log: Path, after: int, path: str) -> list[float]:
    with log.open("rb") as file:
        file.seek(after)
        lines = [json.loads(line) for line in file.read().splitlines() if line.startswith(b"{") and line.endswith(b"}")]
    first = "/" + path.partition("?")[0].split("/")[1]
    return [
        line["ms"] for line in lines
        if line.get("event") == "request" and line.get("method") == "GET" and str(line.get("route")).startswith(first)
    ]  # fmt: skip


ROW = Row(
    "office_pages",
    tuple(Figure(f"office, {name}, p95", "its page with nothing on it", "ms", 5.0, "at most") for name in PAGES),
    sides,
    needs_kafka=True,
)
