"""Events of the board: each once, in order, over a cut connection too."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from contracts.case import CaseAccepted, StepCompleted
from services.portal import live
from tests.portal.conftest import Portal
from tests.portal.histories import TOWNSHIP, History, minutes
from tests.portal.test_board import received


@asynccontextmanager
async def listening(http: httpx.AsyncClient, last: int | None = None) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Messages as they come: id, event, data."""
    headers = {"Last-Event-ID": str(last)} if last is not None else {}
    async with http.stream("GET", "/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer)


async def messages(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    said: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line == "" and "event" in said:
            yield {"id": said.get("id"), "event": said["event"], "data": json.loads(said["data"])}
            said = {}
        elif name and line:
            said[name] = value


async def cases(found: AsyncIterator[dict[str, Any]], n: int) -> list[int]:
    """Positions of the next `n` messages about cases."""
    seen: list[int] = []
    while len(seen) < n:
        message = await asyncio.wait_for(anext(found), 20)
        if message["event"] == "case":
            assert message["id"] == str(message["data"]["pos"])
            seen.append(message["data"]["pos"])
    return seen


def worked(serial: int, steps: int) -> History:
    history = received(serial).write(TOWNSHIP, CaseAccepted(accepted_on=minutes(0).date()), minutes(serial))
    for _ in range(steps):
        history.write(TOWNSHIP, StepCompleted(step="form-check", outcome="done"), minutes(serial))
    return history


async def positions(portal: Portal) -> list[int]:
    rows = await portal.log.pool.fetch("select pos from log where starts_with(type, 'sanji.case.') order by pos")
    return [row["pos"] for row in rows]


async def test_who_listens_hears_each_event_once_and_in_order(portal: Portal, http: httpx.AsyncClient) -> None:
    async with listening(http) as found:
        assert (await anext(found))["event"] == "tick"
        await portal.add(worked(1, 3))
        await portal.add(worked(2, 0), worked(3, 1))
        assert await cases(found, 10) == await positions(portal)


async def test_who_comes_back_hears_what_it_missed_and_then_what_comes(portal: Portal, http: httpx.AsyncClient) -> None:
    await portal.add(worked(1, 5))
    heard = (await positions(portal))[2]
    async with listening(http, heard) as found:
        missed = await cases(found, 4)
        await portal.add(worked(2, 0))
        assert missed + await cases(found, 2) == [pos for pos in await positions(portal) if pos > heard]


async def test_who_missed_too_much_is_told_to_read_the_totals_again(
    portal: Portal, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "REPLAY", 4)
    await portal.add(worked(1, 20))
    async with listening(http, 1) as found:
        assert [(await anext(found))["event"] for _ in range(2)] == ["tick", "reset"]
        assert await cases(found, 4) == (await positions(portal))[-4:]


async def test_a_position_of_another_log_begins_anew(portal: Portal, http: httpx.AsyncClient) -> None:
    await portal.add(worked(1, 0))
    async with listening(http, 10**9) as found:
        assert [(await anext(found))["event"] for _ in range(2)] == ["tick", "reset"]
        await portal.add(worked(2, 0))
        assert await cases(found, 2) == (await positions(portal))[-2:]


async def test_a_client_that_does_not_read_is_dropped_and_the_others_are_not(portal: Portal) -> None:
    slow, quick = portal.parts.live.listen(), portal.parts.live.listen()
    heard = 0
    for serial in range(1, live.QUEUE + 3):
        await portal.add(received(serial))
        chunk = await asyncio.wait_for(quick.queue.get(), 20)
        assert chunk is not None
        heard += chunk.count(b"event: case")
    assert heard == live.QUEUE + 2
    assert len(portal.parts.live) == 1
    given = [slow.queue.get_nowait() for _ in range(slow.queue.qsize())]
    assert given[-1] is None


async def test_streams_end_when_the_service_stops(portal: Portal, http: httpx.AsyncClient) -> None:
    async with listening(http) as found:
        await anext(found)
        portal.parts.live.close()
        assert [message async for message in found] == []
        assert (await http.get("/events")).status_code == 503
