"""The office's HTTP: one operation and one body model an act. Conventions: people.md."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel

from contracts.envelope import is_case
from services.casework.describe import describe
from services.casework.table import TABLE, Row
from services.office import chain, worklist
from services.office.bodies import BODIES, ActBody, Batch, BatchedAct, PassTime, Receive
from services.office.case_view import CaseRow
from services.office.cases import Answer, Cases
from services.office.law_clock import LawClock
from services.office.openapi import operation
from services.office.refusing import RAISED, problem
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import MAX_BODY, body_mac, idempotency_key, parsed, parsed_query, person, raw, writer
from services.runtime.projector import Projector
from services.runtime.tokens import Actor, Verifier

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

BATCH_FACTOR = 8
NDJSON = "application/x-ndjson"
_LIMIT = re.compile("[0-9]{1,4}")
WAIT_FOR_VIEWS = 2.0
LEFT_OUT = Problem(
    424,
    "left_out",
    "An earlier act of this case in the batch was not done, so this one was not tried. Send it again with its key.",
    "同一办件在本批次中较早的操作未完成，本操作未执行；请使用原 key 重新提交。",
)


@dataclass(frozen=True, slots=True)
class Office:
    """What the routes need. `mac_key`: 32 bytes, for the body check of repeated keys; `units` are served here."""

    pool: "Pool[Record]"
    cases: Cases
    verifier: Verifier
    projector: Projector[CaseRow]
    mac_key: bytes
    units: frozenset[str]
    clock: LawClock


def routes(office: Office) -> APIRouter:
    """All routes of casework's table, and the reading ones."""
    router = APIRouter(prefix="/api/v1")
    router.add_api_route("/cases", _receive(office), methods=["POST"], **operation("receive", Receive, 201))
    for row in TABLE:
        router.add_api_route(
            f"/cases/{{number}}/{row.route}",
            _act(office, row),
            methods=["POST"],
            **operation(row.name, BODIES[row.name]),
        )
    router.add_api_route("/acts", _batch(office), methods=["POST"], **operation("acts", Batch))
    _reading(router, office)
    return router


async def doing(work: Awaitable[Answer]) -> Answer:
    """What the layers below raise, as problems."""
    try:
        return await work
    except RAISED as error:
        raise problem(error) from None


def _answered(office: Office, done: Answer, by: Actor, status: int) -> tuple[int, dict[str, Any], dict[str, str]]:
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
    try:
        loaded = await office.cases.read(number, by)
    except RAISED as error:
        raise problem(error) from None
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
        done = await doing(office.cases.receive(by, key, mac, parsed_body))
        status, content, headers = _answered(office, done, by, 201)
        return json(content, status, headers)

    return receive


def _act(office: Office, row: Row) -> Callable[[Request], Awaitable[Response]]:
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
        status, content, headers = _answered(office, done, by, 200)
        return json(content, status, headers)

    return act


def case_number(request: Request) -> str:
    """The case number of the path; anything that is none is simply not here."""
    number: str = request.path_params["number"]
    if len(number) > 40 or not number.isascii() or not number.replace("-", "").isdigit() or not is_case(number):
        raise unknown_case()
    return number


def unknown_case() -> Problem:
    return Problem(404, "case_unknown", "This office has no such case.", "本单位没有该办件。")


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
        return _answered(office, await doing(office.cases.receive(by, act.key, mac, parsed(Receive, body))), by, 201)
    if name == "clock" and act.number is not None:
        done = await doing(time_passed(office, act.number, by, parsed(PassTime, body).at))
        return _answered(office, done, by, 200)
    if name not in BODIES or act.number is None:
        raise Problem(
            422,
            "act_unknown",
            "There is no such act, or it lacks the case number.",
            "没有此操作，或缺少办件编号。",
        )
    mac = body_mac(office.mac_key, f"{act.number}/{name}", body)
    done = await doing(_perform(office, name, act.number, by, act.key, mac, parsed(BODIES[name], body)))
    return _answered(office, done, by, 200)


async def _perform(office: Office, name: str, number: str, by: Actor, key: str, mac: bytes, body: ActBody) -> Answer:
    """Before an act of imported history the law acts as it would have acted until then."""
    if body.at is not None:
        await office.clock.before(number, by, body.at)
    return await office.cases.act(name, number, by, key, mac, body)


async def time_passed(office: Office, number: str, by: Actor, upto: datetime) -> Answer:
    """The imported case after the law's clock has acted on it up to that instant."""
    loaded = await office.clock.pass_time(number, by, upto)
    return Answer(loaded.state, loaded.pos, repeated=False)


async def shown(office: Office, after: int | None) -> None:
    """Read your own writes: wait until the views show `after`. Raises Problem 503 `views_behind`."""
    if after is not None and not await office.projector.shown.reach(after, WAIT_FOR_VIEWS):
        raise Problem(
            503,
            "views_behind",
            "The lists have not caught up with that position yet. Ask again shortly.",
            "列表尚未更新到该位置，请稍后重试。",
            headers={"Retry-After": "1"},
        )


def _query(request: Request, model: type[BaseModel]) -> Any:
    query: dict[str, Any] = dict(request.query_params)
    for name in ("limit", "after"):
        if name in query and query[name].isascii() and query[name].isdigit() and len(query[name]) < 20:
            query[name] = int(query[name])
    return parsed_query(model, query)


def _reading(router: APIRouter, office: Office) -> None:
    async def case(request: Request) -> Response:
        by = person(request, office.verifier)
        loaded = await _read(office, request, by)
        body = {**office.cases.shown(loaded.state, by), "pos": loaded.pos, "hash": loaded.head.hex()}
        return json(body, headers={"ETag": f'"{loaded.head.hex()}"'})

    async def history(request: Request) -> Response:
        by = person(request, office.verifier)
        loaded = await _read(office, request, by)
        return json({"events": await chain.history(office.pool, loaded.state.number)})

    async def records(request: Request) -> Response:
        by = person(request, office.verifier)
        number = case_number(request)
        if "operator" not in by.roles:
            await _read(office, request, by)
        found = await chain.records(office.pool, number)
        if not found:
            raise unknown_case()
        return Response(found, media_type=NDJSON)

    async def my_worklist(request: Request) -> Response:
        by = person(request, office.verifier)
        wanted = _query(request, worklist.Filter)
        await shown(office, wanted.after)
        page = await worklist.worklist(office.pool, by.unit, wanted)
        return json({**page, "counts": await worklist.counts(office.pool, by.unit)})

    async def my_inbox(request: Request) -> Response:
        by = person(request, office.verifier)
        wanted = _query(request, worklist.InboxFilter)
        await shown(office, wanted.after)
        page = await worklist.inbox(office.pool, by.unit, wanted)
        return json({**page, "counts": await worklist.counts(office.pool, by.unit)})

    router.add_api_route("/cases/{number}", case, methods=["GET"], **operation("case"))
    router.add_api_route("/cases/{number}/history", history, methods=["GET"], **operation("history"))
    router.add_api_route("/cases/{number}/chain", records, methods=["GET"], **operation("chain"))
    router.add_api_route("/worklist", my_worklist, methods=["GET"], **operation("worklist", query=worklist.Filter))
    router.add_api_route("/inbox", my_inbox, methods=["GET"], **operation("inbox", query=worklist.InboxFilter))


async def _read(office: Office, request: Request, by: Actor) -> Any:
    try:
        return await office.cases.read(case_number(request), by)
    except RAISED as error:
        raise problem(error) from None


def chains(pool: "Pool[Record]", verifier: Verifier) -> APIRouter:
    """For operators, on every service and the portal: all chains."""
    router = APIRouter(prefix="/api/v1")

    async def all_chains(request: Request) -> Response:
        by = person(request, verifier)
        if "operator" not in by.roles:
            raise Problem(403, "role_missing", "This needs the role operator.", "需要 operator 角色。")
        after = request.query_params.get("after", "")
        limit = request.query_params.get("limit", str(chain.PAGE))
        if len(after) > 120 or "\x00" in after or not (_LIMIT.fullmatch(limit) and 1 <= int(limit) <= 5000):
            raise Problem(
                422, "invalid", "`after` is a stream, `limit` 1 to 5000.", "after 为流名称，limit 为 1 至 5000。"
            )
        if request.query_params.get("full") == "1":
            return StreamingResponse(chain.all_records(pool, after), media_type=NDJSON)
        return json(await chain.heads(pool, after, int(limit)))

    router.add_api_route("/chains", all_chains, methods=["GET"], **operation("chains"))
    return router
