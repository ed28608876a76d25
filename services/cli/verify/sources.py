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
        try:
            async for given in self._bulk():
                yield Given(given.stream, given.lines, heads.pop(given.stream, None))
        except httpx.TransportError as error:
            raise SourceFailed(f"{self.name} at {self._base}: {type(error).__name__} {error}") from None
        for stream, head in heads.items():
            if "/" in stream:  # only cases are read one by one; what else is promised had to come before
                yield Given(stream, (), head)
                continue
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
        """Whole chains in one answer, read as it comes; nothing from a service that does not know `full`."""
        stream, lines = "", list[bytes]()
        async with self._client.stream(
            "GET", self._base + "/api/v1/chains", params={"full": "1"}, headers=self._headers
        ) as answer:
            if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith(NDJSON):
                return
            async for line in _lines(answer):
                belongs = stream_of(line)
                if lines and belongs != stream:
                    yield Given(stream, tuple(lines))
                    lines = []
                stream = belongs
                lines.append(line)
        if lines:
            yield Given(stream, tuple(lines))

    async def _get(self, path: str, params: dict[str, str]) -> httpx.Response:
        try:
            answer = await self._client.get(self._base + path, params=params, headers=self._headers)
        except httpx.TransportError as error:
            raise SourceFailed(f"{self.name} at {self._base}: {type(error).__name__} {error}") from None
        if answer.status_code != 200:
            raise SourceFailed(f"{self.name} answers {path} with {answer.status_code}: {answer.text[:200]}")
        return answer


def grouped(lines: Iterable[bytes]) -> Iterator[Given]:
    """Lines by chain, in the order of first appearance."""
    chains: dict[str, list[bytes]] = {}
    heads: dict[str, Head] = {}
    for line in lines:
        if not line.strip():
            continue
        head = _head_in(line)
        if head is None:
            chains.setdefault(stream_of(line), []).append(line)
        else:
            heads[head[0]] = head[1]
            chains.setdefault(head[0], [])
    for stream, of_chain in chains.items():
        yield Given(stream, tuple(of_chain), heads.get(stream))


def stream_of(line: bytes) -> str:
    """The chain that a line says it belongs to; `?` when it does not say."""
    try:
        return str(json.loads(line)["subject"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return "?"


def _head_in(line: bytes) -> tuple[str, Head] | None:
    try:
        found: Any = json.loads(line)
        if "specversion" in found:
            return None
        return str(found["stream"]), Head(int(found["seq"]), str(found["hash"]))
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


async def _lines(answer: httpx.Response) -> AsyncIterator[bytes]:
    """Lines as the bytes say, by line feeds alone: other signs that end a line may stand inside a record."""
    rest = b""
    async for piece in answer.aiter_bytes():
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            if line:
                yield line
    if rest:
        yield rest


def _rows(answer: httpx.Response) -> list[dict[str, Any]]:
    """Heads as NDJSON, or as a JSON list, bare or under `chains`."""
    try:
        if answer.headers.get("content-type", "").startswith(NDJSON):
            return [json.loads(line) for line in answer.content.split(b"\n") if line]
        found: Any = answer.json()
        return cast("list[dict[str, Any]]", found["chains"] if isinstance(found, dict) else found)
    except (ValueError, KeyError) as error:
        raise SourceFailed(f"{answer.url} answers no list of chains: {error!r}") from None
