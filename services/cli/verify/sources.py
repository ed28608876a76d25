"""Where chains come from: an exported file, or a running service over HTTP. In the order of their names' bytes.

A file is NDJSON, each line the exact record; a line `{"stream", "seq", "hash"}` says where a chain must end, and
`{"end": chains}` that nothing was cut off. `GET /api/v1/chains?after=<stream>` of a service answers with such heads, a
page by key; with `full=1&upto=<stream>` with the whole chains of that page as NDJSON.
"""

import heapq
import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol

import httpx

ANCHORS = "anchor/"
PAGE = 1000
"""Chains in one answer of a service."""
RUN = 100_000
"""Lines of a file that are sorted in memory at once."""
_SUBJECT = re.compile(rb'"subject":"([^"\\\\]*)"')


@dataclass(frozen=True, slots=True)
class Head:
    """The last record of a chain, as the service itself says; `hash` in hex."""

    seq: int
    hash: str


class Given(NamedTuple):
    """One chain as it came: the lines, and where it should end if that was said."""

    stream: str
    lines: tuple[bytes, ...]
    head: Head | None = None


class SourceFailed(Exception):
    """A file or a service that cannot be read; says why."""


class Source(Protocol):
    """`chains` in the order of their names' bytes; `anchors` are the records of the anchor chains."""

    name: str

    def chains(self) -> AsyncIterator[Given]: ...

    def anchors(self) -> AsyncIterator[bytes]: ...


class File:
    """An exported file. One whose chains stand in another order is sorted first, on disk."""

    def __init__(self, path: Path) -> None:
        self.name, self._path = path.name, path

    async def chains(self) -> AsyncIterator[Given]:
        """Raises SourceFailed."""
        try:
            with self._path.open("rb") as lines:
                whole = _looked_at(lines)
            with _sorted(self._path, in_order=whole.in_order) as lines:
                for stream, of_stream in groupby(lines, key=itemgetter(0)):
                    yield _given(stream, (line for _, line in of_stream))
            if whole.cut:
                raise SourceFailed(
                    f"{self._path} was cut off: its last line should say that it is the end. Export anew."
                )
        except OSError as error:
            raise SourceFailed(f"{self._path}: {error.strerror}") from None

    async def anchors(self) -> AsyncIterator[bytes]:
        """Raises SourceFailed."""
        try:
            with self._path.open("rb") as lines:
                for line in lines:
                    if b"AnchorPublished" in line:
                        yield line.rstrip(b"\n")
        except OSError as error:
            raise SourceFailed(f"{self._path}: {error.strerror}") from None


class Service:
    """A running service. `token`: of an operator, who may read all chains."""

    def __init__(self, name: str, base: str, token: str, client: httpx.AsyncClient) -> None:
        self.name, self._base, self._client = name, base.rstrip("/"), client
        self._headers = {"Authorization": f"Bearer {token}"}

    async def chains(self) -> AsyncIterator[Given]:
        """Raises SourceFailed."""
        async for given in self._after(""):
            yield given

    async def anchors(self) -> AsyncIterator[bytes]:
        """Raises SourceFailed."""
        async for given in self._after(ANCHORS):
            if not given.stream.startswith(ANCHORS):
                return
            for line in given.lines:
                yield line

    async def _after(self, after: str) -> AsyncIterator[Given]:
        """Page by page: first where its chains end, then the chains, so that each has at least what was promised."""
        while page := await self._heads(after):
            upto = next(reversed(page))
            async for given in self._whole(after, upto):
                yield given._replace(head=page.pop(given.stream, None))
            for stream, head in page.items():
                yield Given(stream, (), head)
            after = upto

    async def _heads(self, after: str) -> dict[str, Head]:
        answer = await self._get("/api/v1/chains", {"after": after, "limit": str(PAGE)})
        try:
            rows: list[dict[str, Any]] = answer.json()["chains"]
            return {str(row["stream"]): Head(int(row["seq"]), str(row["hash"])) for row in rows}
        except (ValueError, KeyError, TypeError) as error:
            raise SourceFailed(f"{answer.url} answers no list of chains: {error!r}") from None

    async def _whole(self, after: str, upto: str) -> AsyncIterator[Given]:
        """The chains of a page in one answer, read as it comes."""
        stream, lines = "", list[bytes]()
        params = {"full": "1", "after": after, "upto": upto}
        try:
            async with self._client.stream(
                "GET", self._base + "/api/v1/chains", params=params, headers=self._headers
            ) as answer:
                if answer.status_code != 200:
                    await answer.aread()
                    raise SourceFailed(
                        f"{self.name} answers /api/v1/chains with {answer.status_code}: {answer.text[:200]}"
                    )
                async for line in _lines(answer):
                    belongs = stream_of(line)
                    if lines and belongs != stream:
                        yield Given(stream, tuple(lines))
                        lines = []
                    stream = belongs
                    lines.append(line)
        except httpx.TransportError as error:
            raise self._silent(error) from None
        if lines:
            yield Given(stream, tuple(lines))

    async def _get(self, path: str, params: dict[str, str]) -> httpx.Response:
        try:
            answer = await self._client.get(self._base + path, params=params, headers=self._headers)
        except httpx.TransportError as error:
            raise self._silent(error) from None
        if answer.status_code != 200:
            raise SourceFailed(f"{self.name} answers {path} with {answer.status_code}: {answer.text[:200]}")
        return answer

    def _silent(self, error: httpx.TransportError) -> SourceFailed:
        return SourceFailed(f"{self.name} at {self._base}: {type(error).__name__} {error}")


class _Look(NamedTuple):
    """`cut`: it says where chains must end, but not that it is the end."""

    in_order: bool
    cut: bool


def _looked_at(lines: Iterable[bytes]) -> _Look:
    in_order, heads, ended, last = True, False, False, ""
    for line in lines:
        ended = ended or _is_end(line)
        if not line.startswith(b'{"specversion"'):
            heads = heads or _head_in(line) is not None
        for stream, _ in _keyed((line,)):
            in_order, last = in_order and last <= stream, stream
    return _Look(in_order, heads and not ended)


@contextmanager
def _sorted(path: Path, *, in_order: bool) -> "Iterator[Iterable[tuple[str, bytes]]]":
    """(stream, line) of this file in the order of the streams' bytes, each stream's lines in their own. Holds RUN lines
    at most. Raises OSError."""
    with ExitStack() as open_:
        keyed = _keyed(open_.enter_context(path.open("rb")))
        if in_order:
            yield keyed
            return
        folder = Path(open_.enter_context(TemporaryDirectory(prefix="sanji-verify-")))
        runs: list[Iterator[tuple[str, bytes]]] = []
        while run := sorted(islice(keyed, RUN), key=itemgetter(0)):
            file = open_.enter_context((folder / f"{len(runs)}").open("w+b"))
            file.writelines(line + b"\n" for _, line in run)
            file.seek(0)
            runs.append(_keyed(file))
        yield heapq.merge(*runs, key=itemgetter(0))


def _keyed(lines: Iterable[bytes]) -> Iterator[tuple[str, bytes]]:
    for line in lines:
        bare = line.rstrip(b"\n")
        if not bare.strip() or _is_end(bare):
            continue
        head = None if bare.startswith(b'{"specversion"') else _head_in(bare)
        yield (stream_of(bare) if head is None else head[0]), bare


def _is_end(line: bytes) -> bool:
    return line.startswith(b'{"end":')


def _given(stream: str, lines: Iterable[bytes]) -> Given:
    records: list[bytes] = []
    promised: Head | None = None
    for line in lines:
        head = None if line.startswith(b'{"specversion"') else _head_in(line)
        if head is None:
            records.append(line)
        else:
            promised = head[1]
    return Given(stream, tuple(records), promised)


def stream_of(line: bytes) -> str:
    """The chain that a line says it belongs to; `?` when it does not say."""
    if (found := _SUBJECT.search(line)) is not None:
        return found[1].decode(errors="replace")
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
