"""A view that is not whole says so, from the first row that it lacks to the last."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from services.runtime.beginning import Beginning
from services.runtime.checkpoint import Building
from services.runtime.entry import CASES
from services.runtime.http.app import operations
from services.runtime.kafka_watch import KafkaWatch
from services.runtime.log import Log
from services.runtime.marker import MarkerFile
from services.runtime.metrics import Metrics
from services.runtime.projector import Projector
from services.runtime.reactor import Reactor
from services.runtime.readiness import Readiness
from services.runtime.replica import Replica
from services.runtime.tide import Tide
from tests.runtime import relays
from tests.runtime.logs import number, steps, writing
from tests.runtime.replicas import Keeps
from tests.runtime.test_reactor import STEP, Seen
from tests.runtime.views import TABLE, WorkRow, WorkView, counts, recounted, work

CASES_TOLD = 6
EMPTIED = "truncate work; delete from tally where view = 'work'; delete from checkpoint where follower = 'work'"
"""What a migration does whose columns the rows of before would lack."""


@pytest.fixture
async def log(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Log]:
    """Six cases are shown; then the view was emptied. A batch is two events."""
    monkeypatch.setattr("services.runtime.projector.BATCH", 2)
    async with writing(database) as log:
        await log.pool.execute(TABLE)
        await told(log)
        yield log


async def told(log: Log) -> None:
    view = follower(log)
    await view.step()
    for n in range(CASES_TOLD):
        await log.append(steps(number(n)))
    while await view.step():
        assert view.shown.building is None, "who was there from the first row on lacks nothing"
    await log.pool.execute(EMPTIED)


def follower(log: Log) -> Projector[WorkRow]:
    return Projector(log.pool, log.tide, WorkView())


async def test_a_view_that_was_emptied_says_how_far_it_is_until_it_has_been_through_all_there_was(log: Log) -> None:
    view = follower(log)
    await view.step()
    assert view.shown.building == Building(2, 6)
    # What comes meanwhile is not what it lacks; and another process goes on where this one ended.
    await log.append(steps(number(CASES_TOLD)))
    view = follower(log)
    await view.step()
    assert view.shown.building == Building(4, 6)
    await view.step()
    assert (view.shown.pos, view.shown.building) == (6, None)
    again = follower(log)
    assert await again.step()
    assert again.shown.building is None
    assert len(await work(log.pool)) == CASES_TOLD + 1
    assert await counts(log.pool) == await recounted(log.pool)


async def test_how_far_it_is_stays_true_when_a_batch_fails(log: Log) -> None:
    view = follower(log)
    await view.step()
    view.view.broken = True  # type: ignore[attr-defined]
    with pytest.raises(ZeroDivisionError):
        await view.step()
    assert view.shown.building == Building(2, 6)


def said(lines: list[Any]) -> list[tuple[str, int]]:
    """What was said of building, and at which position."""
    return [(line["event"], line["pos"]) for line in lines if line["event"].startswith("follower_")]


async def test_the_service_says_at_once_that_a_view_is_built_then_every_so_often_and_when_it_is_whole(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as lines:
        view = follower(log)
        while await view.step():
            pass
    assert said(lines) == [("follower_being_built", 2), ("follower_built", 6)]
    assert lines[0]["of"] == 6
    await log.pool.execute(EMPTIED)
    monkeypatch.setattr("services.runtime.checkpoint.SAY_EVERY", 0.0)
    with capture_logs() as lines:
        while await view.step():
            pass
    assert said(lines) == [("follower_being_built", 2), ("follower_being_built", 4), ("follower_built", 6)]


async def test_the_process_that_said_a_view_is_built_says_it_is_whole_though_another_ended_it(log: Log) -> None:
    view, another = follower(log), follower(log)
    await view.step()
    while await another.step():
        pass
    with capture_logs() as lines:
        assert not await view.step()
    assert (said(lines), view.shown.building) == ([("follower_built", 6)], None)


async def test_who_acts_on_the_log_and_goes_through_it_again_says_so_too(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.reactor.BATCH", 4)
    seen = Seen()
    reactor = Reactor(log.pool, log.tide, "late", CASES, [STEP], seen)
    await reactor.step()
    assert reactor.done.building == Building(4, 6)
    await reactor.step()
    assert (reactor.done.building, len(seen.steps)) == (None, CASES_TOLD)


async def test_readyz_and_the_metrics_name_the_view_that_is_being_built_and_the_service_stays_ready(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.projector.BATCH", 2)
    async with relays.office(database, "127.0.0.1:9", "", tmp_path) as here:
        await here.pool.execute(TABLE)
        await told(here.log)
        view, whole = follower(here.log), Reactor(here.pool, here.log.tide, "acts", CASES, [STEP], Seen())
        while await whole.step():
            pass
        metrics = Metrics("township-1")
        readiness = Readiness(
            here.pool, beginning(here, tmp_path), here.relay(), KafkaWatch(here.link),
            {"views": view.shown, "reactions": whole.done}, Tide(), list[str],
        )  # fmt: skip
        readiness.measure(metrics)
        app = FastAPI(telemetry={"auto_configure": False})
        operations(app, metrics, readiness.check)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as http:
            await view.step()
            answer = await http.get("/readyz")
            assert (answer.status_code, answer.json()["building"]) == (200, {"views": {"pos": 2, "of": 6}})
            assert 'sanji_views_building_left{service="township-1"} 4.0' in (await http.get("/metrics")).text
            assert 'sanji_reactions_building_left{service="township-1"} 0.0' in (await http.get("/metrics")).text
            while await view.step():
                pass
            answer = await http.get("/readyz")
            assert (answer.status_code, answer.json()["building"]) == (200, {})
            assert answer.json()["positions"] == {"log": 6, "views": 6, "reactions": 6, "book": 0, "relay": 0}
            assert 'sanji_views_building_left{service="township-1"} 0.0' in (await http.get("/metrics")).text


def beginning(here: relays.Office, folder: Path) -> Beginning:
    """Of a service that may speak."""

    async def prepare() -> None:
        raise AssertionError("nothing begins here")

    replica = Replica(here.pool, here.log.tide, here.host, Keeps())
    made = Beginning(here.log, replica, here.link, MarkerFile(folder, here.host.service), prepare)
    made.state = None
    return made
