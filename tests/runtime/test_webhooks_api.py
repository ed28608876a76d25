"""Webhooks over HTTP: for operators only, every wrong input answered clearly, and nothing half made."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.office import webhooks_api
from services.runtime.http.app import create
from services.runtime.http.server import Server
from services.runtime.issuer import issue, make_issuer
from services.runtime.log import Log
from services.runtime.metrics import Metrics
from services.runtime.tokens import Actor, Verifier
from services.runtime.webhooks.hooks import Webhooks
from services.runtime.webhooks.subscriptions import Subscriptions
from tests.journeys.waiting import until
from tests.runtime.logs import HERE, number, running, steps, writing
from tests.runtime.replicas import Running
from tests.runtime.subscribers import ORIGIN, Subscriber, listening
from tests.runtime.test_webhooks import HURRIED, WRAPPING, refusing


class Operator:
    """Asks the routes over HTTP."""

    def __init__(self, client: httpx.AsyncClient, log: Log) -> None:
        self.client = client
        self.log = log

    async def get(self, path: str, status: int = 200) -> dict[str, Any]:
        return _said(await self.client.get(f"/api/v1{path}"), status)

    async def post(self, path: str, body: Any, status: int = 200, key: str | None = None) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return _said(await self.client.post(f"/api/v1{path}", json=body, headers=headers), status)


def _said(answer: httpx.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    said: dict[str, Any] = answer.json()
    return said


@asynccontextmanager
async def routes(log: Log, folder: Path, *roles: str) -> AsyncIterator[Operator]:
    """Somebody of these roles before the routes, over this log; events are sent meanwhile."""
    issuer = make_issuer(folder / "issuer")
    webhooks = Webhooks(log.pool, log.tide, WRAPPING, ORIGIN, HURRIED)
    subscriptions = Subscriptions(log.pool, WRAPPING, frozenset({"127.0.0.1"}), ORIGIN)
    app = create("an office", "0", Metrics("office"))
    app.include_router(webhooks_api.routes(subscriptions, webhooks, Verifier({issuer.kid: issuer.key})))
    server = Server(app, "127.0.0.1", 0, 5)
    token = issue(issuer, Actor("O01", HERE, None, frozenset(roles)), at=datetime.now(UTC), lifetime=timedelta(hours=1))
    async with Running(server.serve()), running(webhooks):
        await server.started()
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}", headers=headers) as client:
            try:
                yield Operator(client, log)
            finally:
                await server.end()


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Operator]:
    async with writing(database) as log, routes(log, tmp_path, "operator") as operator:
        yield operator


async def test_an_operator_makes_a_subscription_sees_how_far_it_is_and_ends_it(office: Operator) -> None:
    async with listening(Subscriber()) as subscriber:
        made = await office.post("/webhooks", {"url": subscriber.url}, 201, "k")
        again = await office.post("/webhooks", {"url": subscriber.url}, 200, "k")
        assert again["secret"] == made["secret"]
        id_ = made["webhook"]["id"]
        await office.log.append(steps(number(1), 3))
        await subscriber.until(lambda: len(subscriber.taken) == 3)
        assert subscriber.taken[0].is_signed_with(made["secret"])
        shown = await until(lambda: office.get(f"/webhooks/{id_}"), lambda said: said["webhook"]["behind"] == 0, 30)
        assert (shown["webhook"]["delivered"], shown["webhook"]["state"]) == (3, "active")
        assert "secret" not in shown
        assert (await office.get("/webhooks"))["webhooks"] == [shown["webhook"]]
        paused = await office.post(f"/webhooks/{id_}/pause", {})
        assert paused["webhook"]["state"] == "paused"
        assert (await office.post(f"/webhooks/{id_}/resume", {}))["webhook"]["state"] == "active"
        changed = await office.post(f"/webhooks/{id_}/rotate-secret", {"generation": 0})
        assert changed["secret"] != made["secret"]
        await office.post(f"/webhooks/{id_}/replay", {"after": 0})
        await subscriber.until(lambda: len(subscriber.taken) == 6)
        await office.post(f"/webhooks/{id_}/remove", {})
        assert (await office.get("/webhooks"))["webhooks"] == []
        assert (await office.get(f"/webhooks/{id_}", 404))["code"] == "webhook_unknown"


async def test_an_operator_sees_what_was_given_up_and_sends_it_again(office: Operator) -> None:
    async with listening(Subscriber(refusing(number(1), 2))) as subscriber:
        id_ = (await office.post("/webhooks", {"url": subscriber.url}, 201, "k"))["webhook"]["id"]
        await office.log.append(steps(number(1), 3))
        page = await until(lambda: office.get(f"/webhooks/{id_}/dead"), lambda said: bool(said["dead"]), 30)
        (dead,) = page["dead"]
        assert (dead["stream"], dead["tries"], dead["problem"], page["next"]) == (number(1), 3, "status 422", None)
        subscriber.answer = lambda _: 200
        await office.post(f"/webhooks/{id_}/replay", {})
        await subscriber.until(lambda: sorted(subscriber.told(number(1))) == [1, 2, 3])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"url": "https://example.org/hook"}, 422, "webhook_host"),
        ({"url": "http://example.org/hook"}, 422, "webhook_https"),
        ({"url": "https://127.0.0.1/a b"}, 422, "invalid"),
        ({"url": "https://127.0.0.1/\x00"}, 422, "invalid"),
        ({"url": "file:///etc/passwd"}, 422, "webhook_url"),
        ({"url": "https://127.0.0.1:1/hook", "types": ["sanji.case.Nothing.v1"]}, 422, "invalid"),
        ({"url": "https://127.0.0.1:1/hook", "types": []}, 422, "invalid"),
        ({"url": "https://127.0.0.1:1/hook", "units": ["x"]}, 422, "invalid"),
        ({"url": "https://127.0.0.1:1/hook", "more": 1}, 422, "invalid"),
        ({"url": "http://127.0.0.1:1/hook"}, 422, "webhook_silent"),
    ],
)
async def test_a_wrong_subscription_is_answered_clearly_and_not_made(
    office: Operator, body: dict[str, Any], status: int, code: str
) -> None:
    said = await office.post("/webhooks", body, status, "k")
    assert said["code"] == code
    assert said["detail"]
    assert said["detail_zh"]
    assert (await office.get("/webhooks"))["webhooks"] == []


async def test_nothing_is_done_to_a_subscription_that_is_not_there(office: Operator) -> None:
    for path, body in (("pause", {}), ("resume", {}), ("rotate-secret", {"generation": 0}), ("replay", {})):
        for id_ in ("0" * 32, "none"):
            assert (await office.post(f"/webhooks/{id_}/{path}", body, 404))["code"] == "webhook_unknown"
    assert (await office.get(f"/webhooks/{'0' * 32}/dead", 404))["code"] == "webhook_unknown"


async def test_whoever_is_no_operator_makes_and_sees_none(database: str, tmp_path: Path) -> None:
    async with writing(database) as log, routes(log, tmp_path, "clerk", "approver", "supervisor") as clerk:
        assert (await clerk.get("/webhooks", 403))["code"] == "role_missing"
        assert (await clerk.post("/webhooks", {}, 403, "k"))["code"] == "role_missing"
        assert (await clerk.post(f"/webhooks/{'0' * 32}/pause", {}, 403))["code"] == "role_missing"
