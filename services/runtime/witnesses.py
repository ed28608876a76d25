"""Hearing others: a database that was restored beside another Kafka learns over HTTP what it had said (protocol B4).

The topics that could tell it are gone with the old cluster. So every witness gives what it has of each stream in which
the restored units wrote, and every fence it knows of, page after page by stream. A page that does not end with its own
count was cut off; one of which a line cannot be read was no witness's. Either is asked for again.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

import httpx

from contracts.envelope import MAX_RECORD, Unreadable, peek
from services.runtime.settings import Settings

PAGE = 1000
"""So many lines are taken at once."""
LOOK = 1000
"""So many streams a witness looks at for one page: seconds of work even where each is read from a slow disk."""
PATIENCE = httpx.Timeout(10.0, read=60.0)
WAITS = (0.2, 1.0)
"""Seconds before a page is asked for again; after the last try the whole is unheard."""


class Unheard(Exception):
    """A witness did not answer, or not to the end, or what answered was none."""


@dataclass(slots=True)
class Heard:
    """Some of what one witness says: records as they are stored, each with its stream, and fences, epochs by case."""

    records: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])
    fences: dict[str, int] = field(default_factory=dict[str, int])

    def __len__(self) -> int:
        return len(self.records) + len(self.fences)


@dataclass(frozen=True, slots=True)
class Told:
    """A record that a witness told, as the replica takes those of Kafka."""

    topic: str
    offset: int
    value: bytes
    headers: Sequence[tuple[str, bytes | None]]
    partition: int = -1
    key: bytes | None = None


class Witnesses:
    """The services and the portal at these addresses, asked with the token of an operator."""

    def __init__(self, addresses: Sequence[str], token: str) -> None:
        self._addresses = addresses
        self._token = token

    @classmethod
    def of(cls, settings: Settings) -> "Witnesses | None":
        """None where no witness is named."""
        token = settings.witness_token
        return cls(settings.witnesses, token.get_secret_value()) if settings.witnesses and token else None

    async def testify(self, units: Collection[str]) -> AsyncGenerator[Heard]:
        """What all of them say of these units, a part at a time, some of it perhaps twice. Raises Unheard."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE) as client:
            for address in self._addresses:
                after: str | None = ""
                while after is not None:
                    page = _Page(client, address, units, after)
                    async with aclosing(page.heard()) as parts:
                        async for part in parts:
                            yield part
                    after = page.next


async def _lines(answer: httpx.Response) -> AsyncGenerator[bytes]:
    """By line feeds alone: a record may hold what else Unicode counts as the end of a line. Raises Unreadable."""
    rest = b""
    async for chunk in answer.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
        if len(rest) > MAX_RECORD:
            raise Unreadable("a line longer than any record")
    if rest:
        yield rest


class _Page:
    """A page of one witness's testimony. `next`: where the following one begins, once this was heard; None: no more."""

    def __init__(self, client: httpx.AsyncClient, address: str, units: Collection[str], after: str) -> None:
        self.next: str | None = None
        self._client = client
        self._address = address
        self._query = {"units": ",".join(sorted(units)), "after": after, "limit": str(LOOK)}
        self._after = after

    async def heard(self) -> AsyncGenerator[Heard]:
        """Tried a few times: one page lost among thousands must not make all of them be told again. Raises Unheard."""
        for wait in (*WAITS, None):
            try:
                async with aclosing(self._parts()) as parts:
                    async for part in parts:
                        yield part
                return
            except (httpx.HTTPError, Unreadable, Unheard) as error:
                if wait is None:
                    raise Unheard(f"{self._address}: {type(error).__name__}: {error}") from error
                await asyncio.sleep(wait)

    async def _parts(self) -> AsyncGenerator[Heard]:
        part, heard, ended = Heard(), 0, False
        async with self._client.stream("GET", f"{self._address}/api/v1/testimony", params=self._query) as answer:
            if answer.status_code != 200:
                raise Unheard(f"status {answer.status_code}")
            async for line in _lines(answer):
                match peek(line):
                    case _ if ended:
                        raise Unheard("it went on after its end")
                    case {"end": int(lines), **more} if lines == heard:
                        self.next, ended = self._following(more.get("next")), True
                        continue
                    case {"fence": str(stream), "epoch": int(epoch)}:
                        part.fences[stream] = epoch
                    case {"subject": str(stream)}:
                        part.records.append((stream, line))
                    case _:
                        raise Unheard("a line that no witness says")
                heard += 1
                if len(part) >= PAGE:
                    yield part
                    part = Heard()
        if not ended:
            raise Unheard("it ended before its end")
        yield part

    def _following(self, stream: object) -> str | None:
        """Pages only go on: one that led back would be asked for without end."""
        if stream is not None and not (isinstance(stream, str) and stream > self._after):
            raise Unheard("a page that leads nowhere")
        return stream
