"""Papers over HTTP: a scan handed in, those of a case, one of them for a person, and one as it lies for an office."""

import re
from collections.abc import Sequence
from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from services.casework.case import Case
from services.casework.reading import may_read_texts
from services.casework.refusals import not_found
from services.casework.who import CLERKS, ROLES
from services.office.accounts import reads
from services.office.openapi import Parameter, get, post_content
from services.office.papers.keeping import Lying
from services.office.papers.kinds import ENDINGS, SHOWN, kind_of
from services.office.papers.tray import Tray
from services.office.person import person as actor
from services.office.refusing import doing
from services.office.serving import Office, case_number
from services.office.texts_api import Why
from services.runtime.http.app import json
from services.runtime.http.problem import Problem
from services.runtime.http.reading import content, operator, parsed_query, person, writer
from services.runtime.paper_store import PaperAway, PaperStore
from services.runtime.tokens import Actor

log = structlog.get_logger(__name__)
HAND_IN = frozenset(ROLES["receive"] | CLERKS)
"""Who hands in scans: whoever may receive them."""
SHA256 = re.compile(r"[0-9a-f]{64}")
RANGE: Parameter = {
    "name": "Range", "in": "header", "required": False, "description": "From which byte on: bytes=0-",
    "schema": {"type": "string", "pattern": "^bytes=[0-9]{1,15}-$"},
}  # fmt: skip


def routes(office: Office, store: PaperStore, tray: Tray, most: int) -> APIRouter:
    """`POST /papers`, `GET /cases/{number}/papers`, `…/papers/{paper}?reason=`, `…/papers/{paper}/sealed`. `most`:
    bytes of the largest scan."""
    router = APIRouter(prefix="/api/v1")

    async def hand_in(request: Request) -> Response:
        by = writer(request, office.verifier, office.units)
        return json(await handed_in(tray, by, await content(request, most)), 201)

    async def of_case(request: Request) -> Response:
        by = person(request, office.verifier)
        loaded = await doing(office.cases.read(case_number(request), by))
        return json(listed(loaded.state, await office.papers.lying(loaded.state)))

    async def one(request: Request) -> Response:
        by = person(request, office.verifier)
        reason = parsed_query(Why, dict(request.query_params)).reason
        return await doing(opened(office, case_number(request), request.path_params["paper"], by, reason))

    async def sealed(request: Request) -> Response:
        operator(request, office.verifier)
        return await doing(as_it_lies(store, request, case_number(request), request.path_params["paper"]))

    post_content(router, "/papers", hand_in, "hand_in_paper", ENDINGS, 201)
    get(router, "/cases/{number}/papers", of_case, "papers")
    get(router, "/cases/{number}/papers/{paper}", one, "paper", query=Why)
    get(router, "/cases/{number}/papers/{paper}/sealed", sealed, "paper_sealed", parameters=[RANGE])
    return router


async def handed_in(tray: Tray, by: Actor, scan: bytes) -> dict[str, Any]:
    """Kept until a case names it. Raises Problem 403, 415."""
    if not by.roles & HAND_IN:
        raise Problem(403, "role_missing", "Your roles do not hand in papers.", "您的角色不能上传材料。")
    digest, kind = await doing(tray.put(by, scan))
    return {"sha256": digest, "media_type": kind, "bytes": len(scan)}


def listed(case: Case, lying: Sequence[Lying]) -> dict[str, Any]:
    """Each paper, and how many of them are here."""
    papers = [
        {"sha256": one.paper.digest, "kind": one.paper.kind, "name": one.paper.name, "here": one.here, "why": one.why}
        for one in lying
    ]
    here = sum(one["here"] for one in papers)
    return {"case": case.number, "papers": papers, "here": here, "named": len(papers)}


async def opened(office: Office, number: str, digest: str, by: Actor, why: str) -> Response:
    """A paper as it was handed in or made, once it is noted who reads it and what for. Raises NotFound `paper_unknown`,
    PaperAway, TextsUnreadable, and what reading the case's texts raises."""
    loaded = await office.cases.read(number, by)
    may_read_texts(loaded.state, actor(by))
    if not any(one.paper.digest == digest for one in await office.papers.lying(loaded.state)):
        raise not_found("paper_unknown")
    found = await office.papers.content(number, digest)
    await reads.note(office.pool, by.subject, by.unit, number, why, ["Paper"])
    log.info("paper_read", case=number, unit=by.unit, person=by.subject, reason=why, digest=digest)
    return shown(found, digest)


def shown(found: bytes, digest: str) -> Response:
    """By what its first bytes say, and what no browser shows as a file; nothing in it runs, and nobody keeps it."""
    kind = kind_of(found) or "application/octet-stream"
    way = "inline" if kind in SHOWN else "attachment"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'{way}; filename="{digest[:16]}.{ENDINGS.get(kind, "bin")}"',
    }
    return Response(found, media_type=kind, headers=headers)


async def as_it_lies(store: PaperStore, request: Request, number: str, digest: str) -> Response:
    """Sealed, from a byte on when that is asked for and it still is the same file (RFC 9110, 13.1.5 and 14). Raises
    PaperAway."""
    if not SHA256.fullmatch(digest):
        raise PaperAway(digest)
    lies = await store.sealed(number, digest)
    start = _start(request, f'"{lies.mark}"')
    headers = {"ETag": f'"{lies.mark}"', "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    kind = "application/octet-stream"
    if start >= lies.size:
        raise Problem(
            416,
            "range",
            f"The file has {lies.size} bytes.",
            f"该文件共 {lies.size} 字节。",
            headers={"Content-Range": f"bytes */{lies.size}"},
        )
    headers["Content-Length"] = str(lies.size - start)
    if start:
        headers["Content-Range"] = f"bytes {start}-{lies.size - 1}/{lies.size}"
    return StreamingResponse(store.parts(number, digest, start), 206 if start else 200, headers, kind)


def _start(request: Request, mark: str) -> int:
    """What is no range of the kind that we give is passed over, as RFC 9110 has it."""
    asked = request.headers.get("range", "")
    first = asked.removeprefix("bytes=").removesuffix("-")
    if not (asked.startswith("bytes=") and asked.endswith("-") and first.isascii() and first.isdigit()):
        return 0
    same = request.headers.get("if-range", mark) == mark
    return int(first[:15]) if same else 0
