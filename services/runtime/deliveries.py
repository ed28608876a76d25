"""What goes to inboxes beside the feeds: handovers, what is asked, requests, orders, keys, now and again (H1 to H4, R3,
I4).

The table of what may be due only says where to look. Whether something is to be sent, and what, is read from the live
branch each time; and nothing is sent before the row it comes from, and all below, is acknowledged on this cluster.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from contracts.envelope import stored_data
from contracts.inbox import ForwardedRequest, write
from services.runtime.database import DATABASE_AWAY
from services.runtime.host import Host
from services.runtime.inboxes import Inboxes
from services.runtime.lately import Kind
from services.runtime.leadership import Deposed, Leader
from services.runtime.parcels import Later, Letter, Letters, Once, Parcels, PublicKey, to_send
from services.runtime.producing import Away
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.turns import take_turns
from services.runtime.vault import Vault

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

log = structlog.get_logger(__name__)
PAGE = 20_000
"""Positions searched in one statement."""
AT_ONCE = 200
"""Streams looked at in one round."""
LOOK_EVERY = 0.5
LONGEST_WAIT = 5.0
FORWARDS = 10_000
"""Requests that wait to be forwarded; beyond that the oldest are dropped, and their askers ask again."""

Plan = Callable[[Sequence[str]], Awaitable[Mapping[str, Letters]]]


ASK = ("sanji.request.", "sanji.supervision.", "sanji.case.ConsultationOpened.", "sanji.case.CustodyAssumed.")


def _may_send(kind: Kind) -> bool:
    """What `relay_follow` looks for: a pass, a case without its key, and what asks."""
    return kind.passes or kind.first or kind.type.startswith(ASK)


@dataclass(frozen=True, slots=True)
class Again:
    """Seconds until what is unanswered is sent again: `first`, doubled each time up to `longest`."""

    first: float = 5.0
    longest: float = 900.0

    def after(self, tries: int) -> float:
        return min(self.first * 2 ** min(tries, 30), self.longest)


@dataclass(frozen=True, slots=True)
class _Forward:
    stream: str
    letter: Letter
    behind: int
    """Sent when everything up to this position is acknowledged."""


class Deliveries:
    """Of one service. `inboxes` shows which inboxes are held back."""

    def __init__(
        self,
        pool: "Pool[Record]",
        tide: Tide,
        host: Host,
        vault: Vault | None,
        public_key: PublicKey,
        again: Again | None = None,
    ) -> None:
        self.inboxes = Inboxes({})
        self._pool = pool
        self._tide = tide
        self._host = host
        self._again = again or Again()
        self._parcels = Parcels(pool, host, vault, public_key)
        self._forwards: deque[_Forward] = deque(maxlen=FORWARDS)
        self._followed = 0

    async def forward(self, stream: str, record: bytes, to: str, hops: int) -> None:
        """Send a request that reached us to the unit that holds its case now (R3). Returns at once; forgotten by a
        crash, because the asker asks again."""
        message = ForwardedRequest(
            source=min(self._host.own), case=stored_data(record)["case"], to=to, record=record.decode(), hops=hops
        )
        self._forwards.append(_Forward(stream, Letter(to, write(message)), self._tide.pos))

    async def own_keys(self, streams: Sequence[str]) -> Mapping[str, Letters]:
        """Case keys of these receipts for the inboxes of their own units."""
        return await self._parcels.own_keys(streams) if streams else {}

    async def send_own_keys(self, letters: Mapping[str, Letters]) -> None:
        """Acknowledged before anything else of the cases is sent (H2). An inbox that takes nothing gets them later;
        its feed is not held for it."""
        if not letters:
            return
        sent = await self._send(letters)
        if left := [stream for stream, found in letters.items() if to_send(found) and stream not in sent]:
            await self._pool.execute(statement("relay/keep_own_keys"), left)

    async def run(self, leader: Leader, cluster: str, acknowledged: Tide, followed: int) -> None:
        """Deliver for ever. Kafka or a database away is waited for. Raises Deposed."""
        self._parcels.acknowledged, self._parcels.cluster = lambda: acknowledged.pos, cluster
        self._followed = followed

        async def turn() -> None:
            await self._follow(leader, acknowledged.pos)
            if not await self._round():
                await acknowledged.brings(_may_send, self._followed, LOOK_EVERY)

        await take_turns("deliveries", turn, (*DATABASE_AWAY, Away, KafkaError), (Deposed,))

    async def _follow(self, leader: Leader, upto: int) -> None:
        """Search the newly acknowledged part of the log, in pages."""
        while self._followed < upto:
            page = min(upto, self._followed + PAGE)
            own = list(self._host.own)
            if not await self._pool.fetchval(statement("relay/follow"), leader.epoch, self._followed, page, own):
                raise Deposed("another process leads")
            self._followed = page

    async def _round(self) -> bool:
        """Look at what is due; True when some kind had as much as is looked at in one round."""
        kinds = {row["kind"] for row in await self._pool.fetch(statement("relay/due_kinds"))}
        full = [
            "own_key" in kinds and await self._due("own_key", self._parcels.own_keys),
            "pass" in kinds and await self._due("pass", self._parcels.passes),
            "request" in kinds and await self._due("request", self._parcels.requests),
            "order" in kinds and await self._due("order", self._parcels.orders),
            "consultation" in kinds and await self._due("consultation", self._parcels.consultations),
            "key" in kinds and await self._due("key", self._parcels.missing_keys),
            "key_wanted" in kinds and await self._answer_keys(),
        ]
        await self._send_forwards()
        return any(full)

    async def _due(self, kind: str, plan: Plan) -> bool:
        rows = await self._pool.fetch(statement("relay/due"), kind, AT_ONCE)
        if not rows:
            return False
        letters = await plan([row["stream"] for row in rows])
        sent = await self._send(letters)
        settled: list[Record] = []
        again: list[tuple[str, datetime, float, int]] = []
        for row in rows:
            match letters[row["stream"]]:
                case Later(seconds):
                    again.append((row["stream"], row["due"], seconds, 0))
                case Once() if row["stream"] in sent:
                    settled.append(row)
                case found if not to_send(found):
                    settled.append(row)
                case found if row["stream"] in sent:
                    again.append((row["stream"], row["due"], self._again.after(row["tries"]), 1))
                case found:
                    again.append((row["stream"], row["due"], self._held(to_send(found)), 0))
        if settled:
            await self._pool.execute(
                statement("relay/settle"), kind, [row["stream"] for row in settled], [row["due"] for row in settled]
            )
        if again:
            await self._pool.execute(statement("relay/postpone"), kind, *map(list, zip(*again, strict=True)))
        return len(rows) == AT_ONCE

    def _held(self, letters: Sequence[Letter]) -> float:
        """Seconds until the inboxes that hold back some of these are tried again."""
        return 0.05 + max(self.inboxes.wait(self._host.topics.inbox(letter.unit)) for letter in letters)

    async def _answer_keys(self) -> bool:
        rows = await self._pool.fetch(statement("relay/keys_wanted"), AT_ONCE)
        if not rows:
            return False
        wanted = [(row["stream"], row["unit"]) for row in rows]
        await self._send_all(await self._parcels.wanted_keys(wanted))
        streams, units = zip(*wanted, strict=True)
        await self._pool.execute(statement("relay/keys_answered"), list(streams), list(units))
        return len(rows) == AT_ONCE

    async def _send_forwards(self) -> None:
        ready: list[_Forward] = []
        while self._forwards and self._forwards[0].behind <= self._parcels.acknowledged():
            ready.append(self._forwards.popleft())
        if ready:
            await self._send_all((forward.stream, forward.letter) for forward in ready)

    async def _send(self, letters: Mapping[str, Letters]) -> set[str]:
        """The streams of which every letter was acknowledged."""
        flat = [(stream, letter) for stream, found in letters.items() for letter in to_send(found)]
        done = await self._send_all(flat)
        missed = {stream for stream, letter in flat if self._host.topics.inbox(letter.unit) not in done}
        return {stream for stream, _ in flat} - missed

    async def _send_all(self, letters: Iterable[tuple[str, Letter]]) -> set[str]:
        """The inbox topics that acknowledged."""
        by_topic: dict[str, list[tuple[str, bytes]]] = {}
        for stream, letter in letters:
            by_topic.setdefault(self._host.topics.inbox(letter.unit), []).append((stream, letter.record))
        return await self.inboxes.send(by_topic) if by_topic else set()
