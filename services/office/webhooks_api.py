"""Webhooks over HTTP, for the service's operators: who is sent events, how far each is, what was given up."""

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.events import EVENTS
from contracts.fields import UnitCode, instant_text
from services.office.openapi import get, post
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import idempotency_key, operator, parsed, parsed_query, raw
from services.runtime.tokens import Verifier
from services.runtime.webhooks.hooks import Webhooks
from services.runtime.webhooks.posting import Away, NotAllowed
from services.runtime.webhooks.subscriptions import KeyReused, Subscriptions, UrlRefused

if TYPE_CHECKING:
    from asyncpg import Record

_ID = re.compile("[0-9a-f]{32}")
Position = Annotated[int, Field(ge=0, le=2**62)]


def _known(name: str) -> str:
    if name not in EVENTS:
        raise ValueError("no event has this type")
    return name


EventType = Annotated[str, Field(max_length=100), AfterValidator(_known)]


class Subscribed(BaseModel):
    """`types`: CloudEvents types as the published schemas name them; `units`: whose writing or holding is told of; each
    left out means all. `from_first`: begin at the first event of the log instead of at its end."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[\x21-\x7e]+$")]
    types: Annotated[list[EventType], Field(min_length=1, max_length=100)] | None = None
    units: Annotated[list[UnitCode], Field(min_length=1, max_length=500)] | None = None
    from_first: bool = False


class Rotated(BaseModel):
    """`generation`: of the secret that is to be replaced, as it was shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generation: Annotated[int, Field(ge=0, le=2**31 - 2)]


class Replayed(BaseModel):
    """`after`: everything past this position of the log; else what was given up: `positions`, or all of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: Position | None = None
    positions: Annotated[list[Position], Field(min_length=1, max_length=1000)] | None = None


class Nothing(BaseModel):
    """An empty object."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DeadPage(BaseModel):
    """The query of what was given up. `after`: the `next` of the page before."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    after: Position = 0
    limit: Annotated[int, Field(ge=1, le=200)] = 50


def routes(subscriptions: Subscriptions, webhooks: Webhooks, verifier: Verifier) -> APIRouter:
    """`/webhooks`, and of one `/dead`, `/pause`, `/resume`, `/replay`, `/rotate-secret` and `/remove`."""
    router = APIRouter(prefix="/api/v1")

    async def listed(request: Request) -> Response:
        operator(request, verifier)
        return json({"webhooks": [_shown(row) for row in await subscriptions.all()]})

    async def one(request: Request) -> Response:
        operator(request, verifier)
        return json({"webhook": _shown(_found(await subscriptions.one(_id(request))))})

    async def dead(request: Request) -> Response:
        operator(request, verifier)
        page = parsed_query(DeadPage, dict(request.query_params))
        _found(await subscriptions.one(_id(request)))
        rows = await subscriptions.dead(_id(request), page.after, page.limit)
        more = rows[-1]["pos"] if len(rows) == page.limit else None
        return json({"dead": [_dead(row) for row in rows], "next": more})

    async def make(request: Request) -> Response:
        by, key, body = operator(request, verifier), idempotency_key(request), await raw(request)
        wanted = parsed(Subscribed, body)
        try:
            row, new = await subscriptions.make(
                f"{by.unit}\0{by.subject}\0{key}", wanted.url, wanted.types, wanted.units, from_first=wanted.from_first
            )
        except (UrlRefused, KeyReused, NotAllowed, Away) as error:
            raise _problem(error) from None
        webhooks.changed()
        answer = {"webhook": _shown(row), "secret": subscriptions.secret(row)}
        return json(answer, 201 if new else 200, {"Cache-Control": "no-store"})

    get(router, "/webhooks", listed, "webhooks")
    get(router, "/webhooks/{webhook}", one, "webhook")
    get(router, "/webhooks/{webhook}/dead", dead, "webhook_dead", query=DeadPage)
    post(router, "/webhooks", make, "make_webhook", Subscribed, 201)

    def change(path: str, name: str, model: type[BaseModel], work: Callable[[str, Any], Awaitable["Record | None"]],
               *, secret: bool = False) -> None:  # fmt: skip
        async def route(request: Request) -> Response:
            operator(request, verifier)
            id_, asked = _id(request), parsed(model, await raw(request))
            row = _found(await work(id_, asked))
            webhooks.changed()
            shown: dict[str, Any] = {"webhook": _shown(row)}
            if secret:
                shown["secret"] = subscriptions.secret(row)
            return json(shown, headers={"Cache-Control": "no-store"})

        post(router, f"/webhooks/{{webhook}}/{path}", route, name, model, keyed=False)

    async def replay(id_: str, asked: Replayed) -> "Record | None":
        if asked.after is not None:
            return await subscriptions.rewind(id_, asked.after)
        return await subscriptions.replay_dead(id_, asked.positions)

    async def remove(id_: str, _: Nothing) -> "Record | None":
        row = await subscriptions.one(id_)
        await subscriptions.remove(id_)
        return row

    change("pause", "pause_webhook", Nothing, lambda id_, _: subscriptions.set_state(id_, "paused"))
    change("resume", "resume_webhook", Nothing, lambda id_, _: subscriptions.set_state(id_, "active"))
    change(
        "rotate-secret",
        "rotate_webhook_secret",
        Rotated,
        lambda id_, asked: subscriptions.rotate(id_, asked.generation),
        secret=True,
    )
    change("replay", "replay_webhook", Replayed, replay)
    change("remove", "remove_webhook", Nothing, remove)
    return router


def _id(request: Request) -> str:
    found: str = request.path_params["webhook"]
    if not _ID.fullmatch(found):
        raise _unknown()
    return found


def _found(row: "Record | None") -> "Record":
    if row is None:
        raise _unknown()
    return row


def _shown(row: "Record") -> dict[str, Any]:
    """`behind`: positions of the log; `waiting`: events to be tried again or behind such; `dead`: given up."""
    names = ("id", "url", "types", "units", "generation", "state", "pos", "behind", "delivered", "waiting", "dead",
             "tries", "problem")  # fmt: skip
    times = ("made", "rotated", "away_since", "next_try")
    return {name: row[name] for name in names} | {
        name: instant_text(row[name]) if row[name] is not None else None for name in times
    }


def _dead(row: "Record") -> dict[str, Any]:
    return {
        "pos": row["pos"],
        "stream": row["stream"],
        "type": row["type"],
        "id": row["hash"].hex(),
        "tries": row["tries"],
        "given_up": instant_text(row["dead"]),
        "problem": row["problem"],
    }


def _unknown() -> Problem:
    return Problem(404, "webhook_unknown", "There is no webhook of such an id.", "没有该编号的推送订阅。")


def _problem(error: Exception) -> Problem:
    match error:
        case KeyReused():
            return Problem(
                422,
                "key_reused",
                "This Idempotency-Key was used before with another request. Take a new key for a new webhook.",
                "该 Idempotency-Key 已用于另一请求；新的订阅请使用新的值。",
            )
        case NotAllowed():
            return Problem(
                422,
                "webhook_not_allowed",
                "The subscriber did not answer OPTIONS with WebHook-Allowed-Origin for this service, so nothing is "
                f"sent there ({error}).",
                "接收方未在 OPTIONS 应答中以 WebHook-Allowed-Origin 允许本服务推送，因此不会向其发送。",
            )
        case Away():
            return Problem(
                422,
                "webhook_silent",
                f"The subscriber does not answer ({error.problem}). Start it, then send this again.",
                "接收方没有应答。请先启动接收方，再重新提交。",
            )
        case _:
            code = str(error)
            en, zh = _URLS[code]
            return Problem(422, code, en, zh)


_URLS = {
    "webhook_url": (
        "The address must be https://host/path, without a user name, a password or a fragment.",
        "地址应为 https://主机/路径，不含用户名、密码和片段标识。",
    ),
    "webhook_https": ("Events are sent over https only, except to this very machine.", "除本机外，仅以 https 推送。"),
    "webhook_host": (
        "This service may not send there. Its operator names the hosts in SANJI_WEBHOOK_HOSTS.",
        "本服务不得向该主机推送。请运维人员在 SANJI_WEBHOOK_HOSTS 中列出允许的主机。",
    ),
}
