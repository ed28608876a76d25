"""The portal's ASGI application: API and pages, and headers under which a browser runs nothing but our own files."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.portal import api, pages
from services.portal.parts import Parts
from services.runtime.http import app as http
from services.runtime.metrics import Metrics

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guarded:
    """Puts HEADERS on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


def create(parts: Parts, metrics: Metrics, ready: http.Check, version: str) -> FastAPI:
    """All routes of the portal."""
    app = http.create("Sanji portal", version, metrics)
    app.include_router(api.routes(parts))
    app.include_router(pages.routes(parts))
    app.mount("/static", _Revalidated(directory=STATIC), name="static")
    http.operations(app, metrics, ready)
    metrics.watch("live_listeners", "Open streams of server-sent events", lambda: len(parts.live))
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(Guarded)
    return app


class _Revalidated(StaticFiles):
    """A browser asks whether its copy is current, so that a new version of the portal is seen at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response
