"""The acts over HTTP: one operation and one body model each. Conventions: people.md."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from services.casework.describe import describe
from services.casework.table import TABLE, Row
from services.office.bodies import BODIES, Batch, BatchedAct, PassTime, Receive
from services.office.body import ActBody
from services.office.cases import Answer
from services.office.openapi import post
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import MAX_BODY, body_mac, idempotency_key, parsed, raw, writer
from services.runtime.tokens import Actor

BATCH_FACTOR = 8
LEFT_OUT = Problem(
    424,
    "left_out",
    "An earlier act of this case in the batch was not done, so this one was not tried. Send it again with its key.",
    "同一办件在本批次中较早的操作未完成，本操作未执行；请使用原 key 重新提交。",
)


def routes(office: Office) -> APIRouter:
    """All routes of casework's table, and the batch of them."""
    router = APIRouter(prefix="/api/v1")
    post(router, "/cases", _receive(office), "receive", Receive, 201)
    for row in TABLE:
        post(router, f"/cases/{{number}}/{row.route}", act_route(office, row), row.name, BODIES[row.name])
    post(router, "/acts", _batch(office), "acts", Batch, keyed=False)
    post(router, "/cases/{number}/clock", _pass_time(office), "clock", PassTime)
    return router


def answered(office: Office, done: Answer, by: Actor, status: int) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Status, body and headers of what was done."""
    body = {**office.cases.shown(done.case, by), "pos": done.pos}
    if done.query_code is not None:
        body["query_code"] = done.query_code
    if done.request is not None:
        body["request"] = done.request
    return status, body, {"Location": f"/api/v1/cases/{done.case.number}"}


async def _matches(office: Office, request: Request, number: str, by: Actor) -> None:
    """`If-Match: <hash>`: 412 with the present state when the case has moved on."""
    wanted = request.headers.get("if-match")
    if wanted is None:
        return
    loaded = await doing(office.cases.read(number, by))
    if wanted.strip().strip('"') != loaded.head.hex():
        raise Problem(
            412,
            "changed",
            "The case has changed since you looked at it. Look again.",
            "您查看后该办件已有变化，请刷新后再办理。",
            state=describe(loaded.state),
        )


def _receive(office: Office) -> Callable[[Request], Awaitable[Response]]:
    async def receive(request: Request) -> Response:
        by = writer(request, office.verifier, office.units)
        key = idempotency_key(request)
        body = await raw(request)
        parsed_body = parsed(Receive, body)
        mac = body_mac(office.mac_key, "receive", body)
        done = await doing(office.receiving.receive(by, key, mac, parsed_body))
        status, content, headers = answered(office, done, by, 201)
        return json(content, status, headers)

    return receive


def act_route(office: Office, row: Row) -> Callable[[Request], Awaitable[Response]]:
    """The route of one act on a case that is here."""
    model = BODIES[row.name]

    async def act(request: Request) -> Response:
        by = writer(request, office.verifier, office.units)
        key = idempotency_key(request)
        number = case_number(request)
        body = await raw(request)
        parsed_body = parsed(model, body)
        await _matches(office, request, number, by)
        mac = body_mac(office.mac_key, f"{number}/{row.name}", body)
        done = await doing(_perform(office, row.name, number, by, key, mac, parsed_body))
        status, content, headers = answered(office, done, by, 200)
        return json(content, status, headers)

    return act


def _pass_time(office: Office) -> Callable[[Request], Awaitable[Response]]:
    async def pass_time(request: Request) -> Response:
        by = writer(request, office.verifier, office.units)
        idempotency_key(request)
        number = case_number(request)
        body = parsed(PassTime, await raw(request))
        done = await doing(_time_passed(office, number, by, body.at))
        return json({**office.cases.shown(done.case, by), "pos": done.pos})

    return pass_time


def _batch(office: Office) -> Callable[[Request], Awaitable[Response]]:
    """`POST /acts`: each act answered by itself; those of one case in order, different cases beside each other."""

    async def one(by: Actor, act: BatchedAct) -> dict[str, Any]:
        try:
            status, content, _ = await _one(office, by, act)
        except Problem as refused:
            status, content = refused.status, refused.body()
        return {"key": act.key, "status": status, "body": content}

    async def in_order(by: Actor, acts: list[tuple[int, BatchedAct]], answers: list[Any]) -> None:
        # What follows an act that was not done was meant for another state; nothing may overtake it.
        left_out: dict[str, Any] | None = None
        for place, act in acts:
            answers[place] = {**left_out, "key": act.key} if left_out else await one(by, act)
            if left_out is None and answers[place]["status"] >= 400:
                left_out = {"key": "", "status": 424, "body": LEFT_OUT.body()}

    async def batch(request: Request) -> Response:
        by = writer(request, office.verifier, office.units)
        wanted = parsed(Batch, await raw(request, MAX_BODY * BATCH_FACTOR))
        groups: dict[str, list[tuple[int, BatchedAct]]] = {}
        for place, act in enumerate(wanted.acts):
            groups.setdefault(act.number or f"new-{place}", []).append((place, act))
        answers: list[Any] = [None] * len(wanted.acts)
        await asyncio.gather(*(in_order(by, acts, answers) for acts in groups.values()))
        return json({"answers": answers})

    return batch


async def _one(office: Office, by: Actor, act: BatchedAct) -> tuple[int, dict[str, Any], dict[str, str]]:
    try:
        body = orjson.dumps(act.body)
    except TypeError:  # a number of more than 64 bits, which no field of an act is
        raise Problem(422, "invalid", "The body of this act does not fit.", "该操作的内容不符合要求。") from None
    name = act.act.replace("-", "_")
    if name == "receive" and act.number is None:
        mac = body_mac(office.mac_key, "receive", body)
        return answered(office, await doing(office.receiving.receive(by, act.key, mac, parsed(Receive, body))), by, 201)
    if name == "clock" and act.number is not None:
        done = await doing(_time_passed(office, act.number, by, parsed(PassTime, body).at))
        return answered(office, done, by, 200)
    if name not in BODIES or act.number is None:
        raise Problem(
            422,
            "act_unknown",
            "There is no such act, or it lacks the case number.",
            "没有此操作，或缺少办件编号。",
        )
    mac = body_mac(office.mac_key, f"{act.number}/{name}", body)
    done = await doing(_perform(office, name, act.number, by, act.key, mac, parsed(BODIES[name], body)))
    return answered(office, done, by, 200)


async def _perform(office: Office, name: str, number: str, by: Actor, key: str, mac: bytes, body: ActBody) -> Answer:
    """Before an act of imported history the law acts as it would have acted until then."""
    if body.at is not None:
        await office.clock.before(number, by, body.at)
    return await office.acts.perform(name, number, by, key, mac, body)


async def _time_passed(office: Office, number: str, by: Actor, upto: datetime) -> Answer:
    """The imported case after the law's clock has acted on it up to that instant."""
    loaded = await office.clock.pass_time(number, by, upto)
    return Answer(loaded.state, loaded.pos, repeated=False)
