"""Where chains come from: an exported file, or a running service over HTTP.

A file is NDJSON, each line the exact record; lines `{"stream", "seq", "hash"}` say where a chain must end.
A service answers `GET /api/v1/chains?after=<stream>` with such heads, keyset pages; with `full=1` with whole chains
as NDJSON, and `GET /api/v1/cases/{number}/chain` with one.
"""

import json
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import quote

import httpx

NDJSON = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a chain, as the service itself says; `hash` in hex."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Given:
    """One chain as it came: the lines, and where it should end if that was said."""

    stream: str
    lines: tuple[bytes, ...]
    head: Head | None = None


class SourceFailed(Exception):
    """A file or a service that cannot be read; says why."""


class Source(Protocol):
    name: str

    def chains(self) -> AsyncIterator[Given]: ...


class File:
    """An exported file; the lines of a chain may stand apart but in order. Held in memory."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path

    async def chains(self) -> AsyncIterator[Given]:
        try:
            content = self._path.read_bytes()
        except OSError as error:
            raise SourceFailed(f"{self._path}: {error.strerror}") from None
        for given in grouped(content.split(b"\n")):
            yield given


class Service:
    """A running service. `token`: of an operator, who may read all chains."""

    def __init__(self, name: str, base: str, token: str, client: httpx.AsyncClient) -> None:
        self.name, self._base, self._client = name, base.rstrip("/"), client
        self._headers = {"Authorization": f"Bearer {token}"}

    async def chains(self) -> AsyncIterator[Given]:
        heads = await self._heads()
        async for given in self._bulk() if heads else _none():
            yield Given(given.stream, given.lines, heads.pop(given.stream, None))
        for stream, head in heads.items():
            answer = await self._get(f"/api/v1/cases/{quote(stream, safe='')}/chain", {})
            yield Given(stream, tuple(line for line in answer.content.split(b"\n") if line), head)

    async def _heads(self) -> dict[str, Head]:
        heads: dict[str, Head] = {}
        after = ""
        while True:
            answer = await self._get("/api/v1/chains", {"after": after} if after else {})
            page = _rows(answer)
            fresh = {str(row["stream"]): Head(int(row["seq"]), str(row["hash"])) for row in page}
            if not fresh.keys() - heads.keys():
                return heads
            heads |= fresh
            after = str(page[-1]["stream"])

    async def _bulk(self) -> AsyncIterator[Given]:
        """Whole chains, many to an answer; nothing from a service that does not know `full`."""
        after = ""
        while True:
            answer = await self._get("/api/v1/chains", {"full": "1"} | ({"after": after} if after else {}))
            if not answer.headers.get("content-type", "").startswith(NDJSON):
                return
            page = list(grouped(answer.content.split(b"\n")))
            if not page:
                return
            for given in page:
                yield given
            after = page[-1].stream

    async def _get(self, path: str, params: dict[str, str]) -> httpx.Response:
        try:
            answer = await self._client.get(self._base + path, params=params, headers=self._headers)
        except httpx.TransportError as error:
            raise SourceFailed(f"{self.name} at {self._base}: {type(error).__name__} {error}") from None
        if answer.status_code != 200:
            raise SourceFailed(f"{self.name} answers {path} with {answer.status_code}: {answer.text[:200]}")
        return answer


def grouped(lines: Iterable[bytes]) -> Iterator[Given]:
    """Lines by chain, in the order of first appearance. A line whose chain cannot be told is a chain `?` of its own."""
    chains: dict[str, list[bytes]] = {}
    heads: dict[str, Head] = {}
    for line in lines:
        if not line.strip():
            continue
        try:
            found: Any = json.loads(line)
            if "specversion" not in found and {"stream", "seq", "hash"} <= found.keys():
                heads[str(found["stream"])] = Head(int(found["seq"]), str(found["hash"]))
                chains.setdefault(str(found["stream"]), [])
                continue
            stream = str(found["subject"])
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            stream = "?"
        chains.setdefault(stream, []).append(line)
    for stream, of_chain in chains.items():
        yield Given(stream, tuple(of_chain), heads.get(stream))


def _rows(answer: httpx.Response) -> list[dict[str, Any]]:
    """Heads as NDJSON, or as a JSON list, bare or under `chains`."""
    try:
        if answer.headers.get("content-type", "").startswith(NDJSON):
            return [json.loads(line) for line in answer.content.split(b"\n") if line]
        found: Any = answer.json()
        return cast("list[dict[str, Any]]", found["chains"] if isinstance(found, dict) else found)
    except (ValueError, KeyError) as error:
        raise SourceFailed(f"{answer.url} answers no list of chains: {error!r}") from None


async def _none() -> AsyncIterator[Given]:
    for given in ():
        yield given
