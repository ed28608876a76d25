"""The ASGI application every service starts from: problems for every error, trace ids, one log line a request."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime import trace
from services.runtime.database import SESSION_LOST
from services.runtime.http.problem import Problem, answer, on_problem
from services.runtime.metrics import Metrics

log = structlog.get_logger("http")
JSON = "application/json"


def json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(orjson.dumps(content), status, headers, JSON)


async def _not_found_and_such(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    known = {
        404: ("no_such_page", "There is nothing at this address.", "没有这个地址。"),
        405: ("method_not_allowed", "This address does not take that method.", "该地址不支持此方法。"),
    }
    code, en, zh = known.get(error.status_code, ("refused", "The request was refused.", "请求被拒绝。"))
    return answer(Problem(error.status_code, code, en, zh, headers=error.headers))


async def _database_away(_: Request, error: Exception) -> Response:
    log.warning("database_away", error=type(error).__name__)
    return answer(
        Problem(
            503,
            "database_away",
            "The office's database does not answer. Send the same request again with the same key in a moment.",
            "本级数据库暂时不可用。请稍后使用相同的 Idempotency-Key 重新提交。",
            headers={"Retry-After": "5"},
        )
    )


async def _gone(_: Request, __: Exception) -> Response:
    """Who asked went away before the request was whole: nothing was done, and nobody hears the answer."""
    return Response(status_code=499)


async def _unexpected(_: Request, error: Exception) -> Response:
    log.error("unexpected", error=type(error).__name__, exc_info=error)
    return answer(
        Problem(
            500,
            "unexpected",
            "Something failed on our side; nothing was half done. Send the same request again with the same key.",
            "服务器内部出错，没有留下未完成的操作。请使用相同的 Idempotency-Key 重新提交。",
        )
    )


class Traced:
    """Continues the caller's trace, answers with it, logs the request and counts it. Bodies and queries, which may
    tell of a person, are not logged."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((v.decode("latin-1") for k, v in scope["headers"] if k == b"traceparent"), None)
        parent = trace.begin(given)
        began = time.perf_counter()
        status = 500

        async def answered(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"traceparent", parent.encode())]
            await send(message)

        try:
            await self._app(scope, receive, answered)
        finally:
            seconds = time.perf_counter() - began
            route = getattr(scope.get("route"), "path", "-")
            self._metrics.request(scope["method"], route, status, seconds)
            if scope["path"] not in ("/healthz", "/readyz", "/metrics"):
                log.info(
                    "request",
                    method=scope["method"],
                    route=route,
                    status=status,
                    ms=round(seconds * 1000, 1),
                    trace=trace.trace_id(parent),
                )


def create(title: str, version: str, metrics: Metrics) -> FastAPI:
    """An application with no routes yet. OpenAPI under /api/v1/openapi.json, no pages that load from elsewhere."""
    app = FastAPI(
        title=title,
        version=version,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        telemetry={"auto_configure": False},
    )
    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, _not_found_and_such)
    for lost in SESSION_LOST:
        app.add_exception_handler(lost, _database_away)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(Exception, _unexpected)
    app.add_middleware(Traced, metrics=metrics)
    return app


Check = Callable[[], Awaitable[dict[str, Any]]]


def operations(app: FastAPI, metrics: Metrics, ready: Check) -> None:
    """`/healthz` (the process), `/readyz` (what it waits for), `/metrics`."""

    @app.get("/healthz", tags=["operations"], summary="The process is alive")
    async def healthz() -> Response:  # pyright: ignore[reportUnusedFunction]
        return json({"status": "alive"})

    @app.get("/readyz", tags=["operations"], summary="Whether it serves, and what it waits for")
    async def readyz() -> Response:  # pyright: ignore[reportUnusedFunction]
        found = await ready()
        return json(found, 200 if found["ready"] else 503)

    @app.get("/metrics", tags=["operations"], summary="Prometheus metrics")
    async def expose() -> Response:  # pyright: ignore[reportUnusedFunction]
        return Response(metrics.text(), media_type=metrics.content_type)
