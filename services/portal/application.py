"""The portal's ASGI application: API and pages."""

from pathlib import Path

from fastapi import FastAPI

from services.pages.guarded import guard
from services.portal import api, pages
from services.portal.parts import Parts
from services.runtime.http import app as http
from services.runtime.metrics import Metrics

STATIC = Path(__file__).parent / "static"


def create(parts: Parts, metrics: Metrics, ready: http.Check, version: str) -> FastAPI:
    """All routes of the portal."""
    app = http.create("Sanji portal", version, metrics)
    app.include_router(api.routes(parts))
    app.include_router(pages.routes(parts))
    guard(app, [STATIC])
    http.operations(app, metrics, ready)
    metrics.watch("live_listeners", "Open streams of server-sent events", lambda: len(parts.live))
    return app
