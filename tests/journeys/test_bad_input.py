"""Whatever is wrong with a request, it is answered with a problem that says so, and nothing is written."""

import asyncio
import re
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from services.runtime.issuer import load_issuer
from tests.journeys.clerk import Body, receipt
from tests.journeys.fitting import BESIDE, HOME, Fitting, answered, received
from tests.journeys.fitting_dossier import FITTING
from tests.journeys.operations import Operation, operations
from tests.journeys.places import CITY, SHANGYAO
from tests.journeys.spoiling import Spoilt, Tokens, request, spoilt
from tests.journeys.system import System

SERVICES = ("city", "district", "township", "portal")
TABLES = "select relname from pg_class where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace"
UNCOUNTED = {"track_try"}
"""Wrong tries at a query code are counted on purpose."""
AT_ONCE = 12
CHINESE = re.compile(r"[\u4e00-\u9fff]")


async def rows(system: System) -> dict[str, int]:
    """How many rows every table of every service has."""
    found: dict[str, int] = {}
    for service in system.services.values():
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(service.dsn)
        try:
            for (table,) in await connection.fetch(TABLES):
                if table not in UNCOUNTED:
                    found[f"{service.name}.{table}"] = await connection.fetchval(f'select count(*) from "{table}"')
            found[f"{service.name} at"] = await connection.fetchval("select pos from log_head")
        finally:
            await connection.close()
    return found


def differs(bad: Spoilt, answer: httpx.Response) -> str | None:
    """How the answer is not the problem that it should be."""
    if answer.headers.get("content-type") != "application/problem+json":
        return f"{answer.status_code} {answer.text[:200]}"
    said = answer.json()
    if (answer.status_code, said["code"]) != (bad.status, bad.code):
        return f"{answer.status_code} {said['code']} {said.get('errors', said['detail'])}, not {bad.status} {bad.code}"
    return unsaid(said, answer.status_code)


def unsaid(said: Body, status: int) -> str | None:
    """What a problem lacks."""
    if said["status"] != status or said["type"] != f"urn:sanji:problem:{said['code']}" or not said["title"]:
        return f"not a problem: {said}"
    if not CHINESE.search(said["detail_zh"]) or CHINESE.search(said["detail"]) or not said["detail"]:
        return f"not in both languages: {said}"
    return f"unfinished: {said}" if "{" in said["detail"] + said["detail_zh"] else None


async def fittings(system: System, tier: str) -> list[tuple[Operation, Fitting]]:
    """Every operation that writes, ready to be done."""
    wanted = [one for one in await operations(system, tier) if one.writes]
    assert wanted
    assert [one.label for one in wanted if one.id not in FITTING] == [], "has no case in fitting.py"
    return list(zip(wanted, await asyncio.gather(*(FITTING[one.id](system, tier) for one in wanted)), strict=True))


@pytest.fixture
def tokens(system: System, tmp_path: Path) -> Tokens:
    return Tokens(load_issuer(system.services["city"].log.parent / "issuer"), tmp_path)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("tier", SERVICES)
async def test_what_is_wrong_is_refused_and_nothing_is_written(system: System, tier: str, tokens: Tokens) -> None:
    ready = await fittings(system, tier)
    strange = await received(system.clerk(BESIDE.get(tier, SHANGYAO)), "registration")
    elsewhere = SHANGYAO if tier == "city" else CITY
    await system.at_rest()
    before = await rows(system)
    few = asyncio.Semaphore(AT_ONCE)

    async def send(operation: Operation, bad: Spoilt) -> str | None:
        url = f"{system.services[tier].url}/api/v1{bad.path}"
        async with few:
            answer = await system.http.request(operation.method, url, headers=bad.headers, content=bad.content)
        wrong = differs(bad, answer)
        return f"{operation.label}: {bad.what}: {wrong}" if wrong else None

    every = [(o, bad) for o, fitting in ready for bad in spoilt(o, fitting, tokens, strange, elsewhere)]
    wrong = [one for one in await asyncio.gather(*(send(o, bad) for o, bad in every)) if one]
    print(f"\n{tier}: {len(every)} bad requests over {len(ready)} operations")
    assert not wrong, "\n".join(wrong)
    await system.at_rest()
    assert await rows(system) == before
    for operation, fitting in ready:
        headers, content = request(operation, fitting)
        url = f"{system.services[tier].url}/api/v1{fitting.path}"
        good = await system.http.request(operation.method, url, headers=headers, content=content)
        assert good.is_success, (operation.label, good.text)
        await answered(system, operation.id, good.json())


@pytest.mark.parametrize("tier", list(HOME)[:3])
async def test_a_bad_act_of_a_batch_is_refused_by_itself(system: System, tier: str, tokens: Tokens) -> None:
    clerk = system.clerk(HOME[tier])
    number = await received(clerk, "registration")
    strange = await received(system.clerk(BESIDE[tier]), "registration")
    await system.at_rest()
    before = await rows(system)
    wrong: list[tuple[Body, int, str]] = [
        ({"act": "unheard-of", "number": number}, 422, "act_unknown"),
        ({"act": "accept"}, 422, "act_unknown"),
        ({"act": "receive", "number": number, "body": receipt()}, 422, "act_unknown"),
        ({"act": "accept", "number": strange}, 404, "case_unknown"),
        ({"act": "accept", "number": f"{clerk.unit}-20200101-0001"}, 404, "case_unknown"),
        ({"act": "receive", "body": {**receipt(), "unheard_of": 1}}, 422, "invalid"),
        ({"act": "receive", "body": {**receipt(), "channel": 10**30}}, 422, "invalid"),
        ({"act": "receive", "body": receipt(item="unheard-of")}, 422, "item_unknown"),
        ({"act": "receive", "body": {**receipt(), "applicant": "x" * 1_000_000}}, 422, "invalid"),
        ({"act": "release", "number": number}, 409, "not_claimed"),
    ]
    acts = [{"key": uuid4().hex, **act} for act, _, _ in wrong]
    answered = [await clerk.post("/acts", {"acts": [act]}) for act in acts]
    assert all(answer.status == 200 for answer in answered)
    given: list[Any] = [answer.body["answers"][0] for answer in answered]
    assert [(one["status"], one["body"]["code"]) for one in given] == [(status, code) for _, status, code in wrong]
    assert [one["key"] for one in given] == [act["key"] for act in acts]
    assert [unsaid(one["body"], one["status"]) for one in given] == [None] * len(given)
    supervisor = system.clerk(HOME[tier], "supervisor")
    refused = await supervisor.post("/acts", {"acts": [{"key": "k", "act": "accept", "number": number}]})
    assert Counter(one["body"]["code"] for one in refused.body["answers"]) == {"role_missing": 1}
    assert await rows(system) == before


async def test_pages_and_lists_are_asked_for_in_words_that_they_know(system: System) -> None:
    clerk, operator = system.clerk(SHANGYAO), system.clerk(SHANGYAO, "operator")
    for path, query in (
        ("/worklist", {"cursor": "99~1"}),
        ("/inbox", {"cursor": "2026-13-01T00:00:00Z~1"}),
        ("/worklist", {"limit": "9" * 5000}),
        ("/worklist", {"after": "9" * 30}),
        ("/worklist", {"which": "none"}),
        ("/worklist", {"unheard_of": "1"}),
        ("/worklist", {"person": "a\x00"}),
        ("/supervision-orders", {"cursor": "2026-13-01~2026-01-01~supervision/1"}),
        ("/supervision-orders", {"state": "answered", "cursor": "2026-03-01~2026-03-01~supervision/1"}),
        ("/supervision-orders", {"state": "answered", "light": "red"}),
        ("/supervision-orders", {"unit": "a\x00"}),
        ("/supervision-orders", {"limit": "9" * 5000}),
    ):
        found = await clerk.get(path, **query)
        assert (found.status, found.code) == (422, "invalid"), (path, query, found)
    for query in ({"limit": "9" * 5000}, {"limit": "0"}, {"after": "\x00"}, {"after": "x" * 121}):
        for path in ("/chains", "/testimony"):
            found = await operator.get(path, units="340405101", **query)
            assert (found.status, found.code) == (422, "invalid"), (path, query, found)
    for units in ("", "x", "340405101,", "340405101\x00", ",".join(["340405101"] * 1001)):
        found = await operator.get("/testimony", units=units)
        assert (found.status, found.code) == (422, "invalid"), units
    assert (await clerk.get("/testimony", units=SHANGYAO)).code == "role_missing"


async def test_the_longest_applicant_is_written_sealed_and_read_again(system: System) -> None:
    clerk = system.clerk(SHANGYAO)
    longest = {"name": 200, "document_number": 100, "phone": 100, "address": 500}
    for letter in ("𠀀", "\x01", "文"):
        texts = {name: letter * length for name, length in longest.items()}
        taken = await clerk.post("/cases", receipt(applicant={**texts, "document_kind": "other"}))
        assert (await clerk.act(taken.number, "accept")).done
        assert (await clerk.case(taken.number)).done
        for name in longest:
            more = {**texts, "document_kind": "other", name: texts[name] + letter}
            refused = await clerk.post("/cases", receipt(applicant=more))
            assert (refused.status, refused.code) == (422, "invalid"), name
