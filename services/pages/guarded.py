"""Headers under which a browser runs nothing but our own files, and those files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHARED = Path(__file__).parent / "static"
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

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


class _Pressed(GZipMiddleware):
    """Answers are compressed, but for those under `plain`: programs ask there, and an act's time is not for that."""

    def __init__(self, app: ASGIApp, plain: tuple[str, ...]) -> None:
        super().__init__(app, minimum_size=1000)
        self._plain = plain

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(self._plain):
            await self.app(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


class _Revalidated(StaticFiles):
    """A browser asks whether its copy is current, so that a new version is seen at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Any:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


def guard(
    app: FastAPI, own: Sequence[Path] = (), *, referrer: str = "no-referrer", plain: tuple[str, ...] = ()
) -> None:
    """Serves what all pages share under `/static`, and what lies in folders of a service's own, and guards every
    answer of the application. `plain`: beginnings of paths whose answers are not compressed."""
    files = _Revalidated(directory=SHARED)
    files.all_directories = [*own, *files.all_directories]
    app.mount("/static", files, name="static")
    app.add_middleware(_Pressed, plain=plain)
    app.add_middleware(Guarded, headers={**HEADERS, "Referrer-Policy": referrer})
