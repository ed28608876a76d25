"""Hearing others: a database that was restored beside another Kafka learns over HTTP what it had said (protocol B4).

The topics that could tell it are gone with the old cluster. So every witness gives what it has of each stream in which
the restored units wrote, and every fence it knows of; a testimony that does not end with its own count was cut off.
"""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass, field

import httpx
import orjson

from services.runtime.settings import Settings

PAGE = 1000
PATIENCE = httpx.Timeout(10.0, read=60.0)
FENCE, END = b'{"fence":', b'{"end":'
"""How lines begin that are no records; a record begins with an attribute of CloudEvents."""


class Unheard(Exception):
    """A witness did not answer, or not to the end."""


@dataclass(slots=True)
class Heard:
    """A page of what one witness says: records as they are stored, and fences, epochs by case."""

    records: list[bytes] = field(default_factory=list[bytes])
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
        """What all of them say of these units, a page at a time. Raises Unheard."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with httpx.AsyncClient(headers=headers, timeout=PATIENCE) as client:
            for address in self._addresses:
                try:
                    async for page in _testimony(client, address, units):
                        yield page
                except httpx.HTTPError as error:
                    raise Unheard(f"{address}: {type(error).__name__}") from error


async def _lines(answer: httpx.Response) -> AsyncGenerator[bytes]:
    """By line feeds alone: a record may hold what else Unicode counts as the end of a line."""
    rest = b""
    async for chunk in answer.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            yield line
    if rest:
        yield rest


async def _testimony(client: httpx.AsyncClient, address: str, units: Collection[str]) -> AsyncGenerator[Heard]:
    page, heard, ended = Heard(), 0, None
    query = {"units": ",".join(sorted(units))}
    async with client.stream("GET", f"{address}/api/v1/testimony", params=query) as answer:
        if answer.status_code != 200:
            raise Unheard(f"{address}: {answer.status_code}")
        async for line in _lines(answer):
            if line.startswith(END):
                ended = orjson.loads(line)["end"]
                continue
            if line.startswith(FENCE):
                said = orjson.loads(line)
                page.fences[said["fence"]] = said["epoch"]
            else:
                page.records.append(line)
            heard += 1
            if len(page) >= PAGE:
                yield page
                page = Heard()
    if ended != heard:
        raise Unheard(f"{address}: it ended before its end")
    yield page
