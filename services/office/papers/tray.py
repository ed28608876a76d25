"""The tray: scans that were handed in before the case or the act that names them was written.

They lie sealed under a key of the unit that took them, and go into the dossier of each case that names them by their
digest. What no case names goes after some days.
"""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from services.office.papers.kinds import NotAScan, kind_of
from services.office.papers.wanting import statement
from services.runtime.keys import derive
from services.runtime.paper_store import PaperAway, PaperStore
from services.runtime.sealing import CannotOpen
from services.runtime.tokens import Actor

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

KEPT_FOR = timedelta(days=7)
AT_ONCE = 4
"""Scans that are sealed at the same time: each lies in memory twice."""
CLEARED = 100


class Tray:
    """Of one tier service. `wrapping`: the wrapping key of each unit here."""

    def __init__(self, pool: "Pool[Record]", store: PaperStore, wrapping: Mapping[str, bytes]) -> None:
        self._pool = pool
        self._store = store
        self._keys = {unit: derive(key, "paper-tray.v1") for unit, key in wrapping.items()}
        self._room = asyncio.Semaphore(AT_ONCE)

    async def put(self, by: Actor, content: bytes) -> tuple[str, str]:
        """Keep a scan until a case names it; SHA-256 in hex and media type. Durable before it returns; the same scan
        twice is one. Raises NotAScan."""
        kind = kind_of(content)
        if kind is None:
            raise NotAScan
        async with self._room:
            digest = await self._store.put(_place(by.unit), self._keys[by.unit], content)
        await self._pool.execute(statement("tray_put"), by.unit, digest, by.subject)
        return digest, kind

    async def find(self, digest: str) -> bytes | None:
        """What was handed in at any unit here under this digest."""
        for row in await self._pool.fetch(statement("tray_units"), digest, list(self._keys)):
            try:
                return await self._store.get(_place(row["unit"]), self._keys[row["unit"]], digest)
            except (PaperAway, CannotOpen):
                continue
        return None

    async def clear(self) -> bool:
        """Take away some of what was there too long; False when there was nothing."""
        old = await self._pool.fetch(statement("tray_old"), KEPT_FOR, CLEARED)
        for row in old:
            await self._store.remove(_place(row["unit"]), row["digest"])
        return bool(old)


def _place(unit: str) -> str:
    return f"tray/{unit}"
