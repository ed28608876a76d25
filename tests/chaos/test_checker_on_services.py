"""The checker on real services: what they do in peace pleases it, and what is spoiled in their tables is found."""

import base64
import json
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from deploy.local import Stack
from tests.chaos.checker import Evidence, check, report
from tests.journeys.places import CITY, DATONG, HOSTED, SHANGYAO, tier_of
from tests.journeys.superseding import ORDER, accepted, decided_unseen, leader
from tests.journeys.system import System


class Noting(httpx.AsyncBaseTransport):
    """Stands before the wire and writes each call and its answer into a history."""

    def __init__(self, wire: httpx.AsyncBaseTransport, path: Path) -> None:
        self._wire = wire
        self._file = path.open("w", buffering=1)
        self._ids = count(1)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        id_, who = next(self._ids), _who(request.headers.get("authorization"))
        path = request.url.raw_path.decode()
        key = request.headers.get("idempotency-key")
        body = json.loads(request.content or b"{}")
        self._note(id_, what="call", **who, method=request.method, path=path, key=key, body=body)
        try:
            response = await self._wire.handle_async_request(request)
            said = json.loads(await response.aread())
        except (httpx.TransportError, ValueError) as error:
            self._note(id_, what="unknown", why=type(error).__name__)
            raise
        status = response.status_code
        what = "ok" if status < 300 else "failed" if status < 500 else "unknown"
        self._note(id_, what=what, status=status, answer=said)
        return response

    async def aclose(self) -> None:
        self._file.close()

    def _note(self, id_: int, **said: Any) -> None:
        self._file.write(json.dumps({"id": id_, "t": time.monotonic(), **said}, ensure_ascii=False) + "\n")


def _who(authorization: str | None) -> dict[str, str]:
    payload = (authorization or "..").removeprefix("Bearer ").split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "==") or b"{}")
    unit = said.get("unit", "portal")
    return {"who": f"clerk/{unit}/{said.get('sub')}", "unit": unit, "service": tier_of(unit) if said else "portal"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def evidence(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Evidence]:
    """Of an hour's work on all tiers: referrals to and fro, a recall, a suspension, and cases that the city took over,
    one of them while its township was cut off."""
    folder = tmp_path_factory.mktemp("services")
    async with System(stack, folder, "checked") as system:
        history = folder / "history.jsonl"
        plain = system.http
        async with httpx.AsyncClient(transport=Noting(system.ledger, history), timeout=60) as system.http:
            try:
                await _work(system)
                await decided_unseen(system, 2)
                await system.at_rest()
            finally:
                system.http = plain
        dsns = {service.name: service.dsn for service in system.services.values()}
        yield Evidence(history, dsns, stack.kafka.bootstrap(), system.prefix, units=dict(HOSTED))


async def _work(system: System) -> None:
    township, district, city = (system.clerk(unit) for unit in (SHANGYAO, DATONG, CITY))
    first, second, third, fourth = [await accepted(township) for _ in range(4)]
    assert (await township.act(first, "refer", to=DATONG, kind="forward_up", reason="law")).done
    await district.arrived(first)
    assert (await district.act(first, "acknowledge")).done
    assert (await district.act(first, "acknowledge")).done, "again, with another key"
    assert (await district.act(first, "return", to=SHANGYAO, purpose="correction")).done
    await township.arrived(first)
    assert (await township.act(second, "refer", to=DATONG, kind="transfer", reason="area")).done
    assert (await township.act(second, "request-recall", reason="mistake")).done
    await township.sees(second, unit=SHANGYAO, state="held", arrived=True)
    for act, body in (("suspend", {"ground": "hearing", "expected_days": 3, "notice": "n1"}), ("resume", {})):
        assert (await township.get(f"/cases/{third}/deadline")).done
        assert (await township.act(third, act, **body)).done
    assert (await township.get(f"/cases/{third}/deadline")).done
    assert (await township.act(third, "decide", outcome="granted")).done
    assert (await township.act(third, "conclude", outcome="issued")).done
    assert (await township.act(third, "suspend", ground="hearing", expected_days=3, notice="n2")).status == 409
    assert (await leader(system).act(fourth, "assume-custody", **ORDER)).done
    await township.sees(fourth, unit=CITY)
    assert (await city.act(fourth, "start-step", step="review")).done


async def test_the_work_of_real_services_pleases_it(evidence: Evidence) -> None:
    found = await report(evidence)
    assert found.violations == []
    assert found.acts is not None
    assert found.acts.acknowledged > 20
    assert found.acts.nothing_to_do == 1
    assert (found.cases, found.open, found.closed) == (6, 5, 1)
    assert (found.superseded, found.assumed, found.dates_shown >= 6) == (2, 3, True)


async def test_an_act_that_the_history_lacks_is_found(evidence: Evidence, tmp_path: Path) -> None:
    lines = evidence.history.read_text().splitlines()
    gone = next(json.loads(line)["id"] for line in lines if "/conclude" in line)
    left = [line for line in lines if json.loads(line)["id"] != gone]
    (tmp_path / "history.jsonl").write_text("\n".join(left) + "\n")
    found = await check(replace(evidence, history=tmp_path / "history.jsonl"))
    assert {violation.invariant for violation in found} == {"unheard"}


SPOILT = {
    ("hash", "portal"): "update log set value = set_byte(value, 300, 33) where seq = 2 and type like '%CaseAccepted%'",
    ("number", "township"): "delete from log where type like '%CaseSuspended%'",
    ("count", "district"): "update tally set n = n + 1 where name = 'item'",
    ("deadline", "city"): "update deadline set seq = seq - 1",
}


async def test_what_is_spoiled_in_their_tables_is_found(evidence: Evidence) -> None:
    """The last here: it leaves them spoilt."""
    for (_, service), sql in SPOILT.items():
        db: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(evidence.databases[service])
        await db.execute(sql)
        await db.close()
    found = await check(evidence)
    assert SPOILT.keys() <= {(violation.invariant, violation.service) for violation in found}
