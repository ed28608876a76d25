"""Telling the portal how a citizen's code opens a case: TrackingKey, after its receipt was acknowledged (rule 5).

One derivation costs 20 ms and 19 MiB by design, so this runs beside the relay, on a thread, at a share of the time.
What was made is kept in the vault: a replaced portal gets the same again.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import structlog
from aiokafka.errors import KafkaError

from contracts.inbox import TrackingKey, write
from services.runtime import base64url
from services.runtime.database import DATABASE_AWAY
from services.runtime.host import PORTAL, Host
from services.runtime.inboxes import Inboxes
from services.runtime.lately import Kind
from services.runtime.leadership import Deposed, Leader
from services.runtime.producing import Away
from services.runtime.statements import statement
from services.runtime.tide import Tide
from services.runtime.tracking import Cost, TrackingParts, make_tracking
from services.runtime.turns import FIRST_WAIT, take_turns
from services.runtime.vault import Vault

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

log = structlog.get_logger(__name__)
AT_ONCE = 64
"""Receipts told in one round. Made one by one, each with waits for the database of its own, the codes of a busy office
came later and later (chaos found 2,400 of them behind after a quarter of an hour)."""
PAGE = 5000
LOOK_EVERY = 0.5
LONGEST_WAIT = 5.0


class Telling:
    """Of one service. `share` of one processor's time goes into derivations while there is something to make."""

    def __init__(
        self, pool: "Pool[Record]", host: Host, vault: Vault, inboxes: Inboxes, cost: Cost, *, share: float = 0.5
    ) -> None:
        self._pool = pool
        self._own = list(host.own)
        self._vault = vault
        self._inboxes = inboxes
        self._topic = host.topics.inbox(PORTAL)
        self._cost = cost
        self._share = share

    async def run(self, leader: Leader, acknowledged: Tide, tracked: int) -> None:
        """Tell for ever. What is away is waited for. Raises Deposed."""
        with ThreadPoolExecutor(1, thread_name_prefix="tracking") as executor:

            async def turn() -> None:
                nonlocal tracked
                reached = await self._step(executor, tracked, acknowledged.pos)
                if reached is None:
                    await asyncio.sleep(self._inboxes.wait(self._topic) or FIRST_WAIT)
                elif reached > tracked:
                    await leader.move(statement("relay/track"), reached)
                    tracked = reached
                else:
                    await acknowledged.brings(_receipt, tracked, LOOK_EVERY)

            await take_turns("telling", turn, (*DATABASE_AWAY, Away, KafkaError), (Deposed,))

    async def _step(self, executor: ThreadPoolExecutor, tracked: int, acknowledged: int) -> int | None:
        """The position up to which the portal was told; None when its inbox took nothing."""
        upto = min(acknowledged, tracked + PAGE)
        if upto <= tracked:
            return tracked
        rows = await self._pool.fetch(statement("relay/receipts"), tracked, upto, self._own, AT_ONCE)
        if not rows:
            return upto
        units = {row["stream"]: row["unit"] for row in rows}
        parts = await self._parts(executor, list(units))
        messages = [(stream, write(_message(units[stream], stream, found))) for stream, found in parts.items()]
        if messages and not await self._inboxes.send({self._topic: messages}):
            return None
        return rows[-1]["pos"] if len(rows) == AT_ONCE else upto

    async def _parts(self, executor: ThreadPoolExecutor, streams: Sequence[str]) -> dict[str, TrackingParts]:
        """What the portal gets, by stream; a forgotten case has none."""
        made = await self._vault.tracking(self._pool, streams)
        if missing := [stream for stream in streams if stream not in made]:
            codes = await self._vault.codes(self._pool, missing)
            keys = await self._vault.get_many(self._pool, missing)
            can = [stream for stream in missing if stream in codes and stream in keys]
            began = time.monotonic()
            making = [make_tracking(executor, codes[one], keys[one], one, self._cost) for one in can]
            new = await asyncio.gather(*making)
            rests = (time.monotonic() - began) * (1 / self._share - 1)
            await self._vault.put_tracking(self._pool, dict(zip(can, new, strict=True)))
            await asyncio.sleep(rests)
            made = await self._vault.tracking(self._pool, streams)
        return made


def _receipt(kind: Kind) -> bool:
    return kind.first and kind.published


def _message(unit: str, stream: str, parts: TrackingParts) -> TrackingKey:
    return TrackingKey(
        source=unit,
        case=stream,
        salt=base64url.encode(parts.salt),
        memory_kib=parts.cost.memory_kib,
        passes=parts.cost.passes,
        lanes=parts.cost.lanes,
        verifier=base64url.encode(parts.verifier),
        wrapped_key=base64url.encode(parts.wrapped_key),
    )
