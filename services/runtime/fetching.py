"""A case that a unit here asks about and that was never here, as the portal has it: protocol I4.

The portal is trusted no more than a feed: its chain is checked whole before any of it is inserted, and is inserted by
the rules for all that others wrote. From then on the case is followed, and noted to be read again from the first record
of the feeds (I5), many such cases in one pass.
"""

import asyncio
from collections.abc import Container, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import httpx
import structlog

from contracts.envelope import Unreadable, peek
from services.runtime.arrivals import Sorted
from services.runtime.custody import breaks, first_event_breaks
from services.runtime.producing import HEADERS
from services.runtime.replica import Replica
from services.runtime.settings import Settings
from services.runtime.turns import end_if_asked
from services.runtime.witnesses import Told

log = structlog.get_logger(__name__)
PATIENCE = 10.0
"""Seconds for the whole answer, with the wait for others who fetch."""
MOST_BYTES = 16 * 1024 * 1024
"""Of an answer, which lies in memory until it is checked. A case of a thousand events has one or two."""
MOST_OF_A_PROBLEM = 16 * 1024
NO_CLUSTER = ""
"""What a portal tells was read on no Kafka."""


class NoPortal(Exception):
    """This service was not told where the portal is."""


class Unfetched(Exception):
    """The portal does not answer, or not with a whole and sound chain of the case."""


class Chain(NamedTuple):
    """As a portal tells it: the records in their order, and the hash of the last one in hex."""

    records: Sequence[bytes]
    head: str


class Portal:
    """At this address, asked with the token of an operator."""

    def __init__(self, address: str, token: str) -> None:
        # Told as it is: an answer that unpacks to more than it weighs could not be bounded by its length.
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE)

    @classmethod
    def of(cls, settings: Settings) -> "Portal | None":
        """None where the settings name none."""
        address, token = settings.portal, settings.portal_token
        return cls(address, token.get_secret_value()) if address is not None and token is not None else None

    async def chain(self, stream: str) -> Chain | None:
        """All that the portal has of this case; None when it says that it has nothing. Nothing is checked but that the
        answer is one. Raises Unfetched."""
        body = bytearray()
        try:
            async with self._client.stream("GET", f"/api/v1/cases/{stream}/chain") as answer:
                async for part in answer.aiter_raw():
                    body += part
                    if len(body) > MOST_BYTES:
                        raise Unfetched(f"over {MOST_BYTES} bytes")
        except httpx.HTTPError as error:
            end_if_asked()
            raise Unfetched(f"{type(error).__name__}: {error}") from None
        if answer.status_code == 404 and _code(body) == "case_unknown":
            return None
        if answer.status_code != 200:
            raise Unfetched(f"status {answer.status_code}")
        *records, rest = bytes(body).split(b"\n")
        if rest or not records:
            raise Unfetched("no whole lines")
        return Chain(records, answer.headers.get("etag", "").strip('"'))

    async def close(self) -> None:
        await self._client.aclose()


class Fetching:
    """Of one service; `portal` is None where none is named."""

    def __init__(self, replica: Replica, portal: Portal | None, *, patience: float = PATIENCE) -> None:
        self._replica = replica
        self._portal = portal
        self._patience = patience
        # One answer lies in memory at a time.
        self._one_at_a_time = asyncio.Lock()

    async def fetch(self, stream: str, of: Container[str]) -> bool:
        """Follow this case from now on, beginning with what the portal has of it, if a unit `of` these wrote or was to
        write some of it; whether it is here now. Raises NoPortal, Unfetched; nothing was written then."""
        if self._portal is None:
            raise NoPortal
        patience = asyncio.timeout(self._patience)
        try:
            async with patience, self._one_at_a_time:
                chain = await self._portal.chain(stream)
                if chain is None:
                    return False
                told, found = await self._checked(stream, chain)
                # What is sound is inserted, and for its own time: the database may be slow, the portal was not.
                patience.reschedule(None)
                links = [arrival.link for arrival in found.events]
                if not any(link.unit in of or link.holder in of for link in links):
                    return False
                await self._replica.take(told, NO_CLUSTER, sorted_=found, keep_offsets=False, asked=(stream,))
        except TimeoutError:
            if not patience.expired():
                raise
            log.warning("case_not_fetched", stream=stream, error=f"not within {self._patience} s")
            raise Unfetched("not in time") from None
        except Unfetched as error:
            log.warning("case_not_fetched", stream=stream, error=str(error))
            raise
        log.info("case_fetched", stream=stream, events=len(links))
        return True

    async def _checked(self, stream: str, chain: Chain) -> tuple[Sequence[Told], Sorted]:
        """What was told, sorted; all of it is one sound chain of this case, up to the head that was promised. Raises
        Unfetched."""
        host = self._replica.host
        topic = host.topic_of(stream)
        told = [Told(topic, at, record, HEADERS) for at, record in enumerate(chain.records)]
        found = await self._replica.examine(told)
        if found.dead:
            record, reason, detail = found.dead[0]
            raise Unfetched(f"record {record.offset + 1} is {reason}: {detail}")
        links = [arrival.link for arrival in found.events]
        if len(links) != len(told):
            raise Unfetched("a record stands twice")
        if other := next((link.stream for link in links if link.stream != stream), None):
            raise Unfetched(f"a record of {other}")
        if broken := first_event_breaks(links[0]):
            raise Unfetched(f"record 1 breaks {broken}")
        for parent, link in pairwise(links):
            if broken := breaks(parent, link, host.rules()):
                raise Unfetched(f"record {link.seq} breaks {broken}")
        if links[-1].hash.hex() != chain.head:
            raise Unfetched(f"it ends at {links[-1].seq}, not at the head that was promised")
        # A service knows what it wrote; while a restored one still reads it back, there is nothing to begin with.
        if own := next((link for link in links if link.unit in host.own), None):
            raise Unfetched(f"record {own.seq} is of {own.unit}, which never wrote it here")
        return told, found


def _code(body: bytearray) -> Any:
    """Of a problem. An address at which no portal is answers 404 too, with another one or none."""
    try:
        return peek(bytes(body)).get("code") if len(body) <= MOST_OF_A_PROBLEM else None
    except Unreadable:
        return None
