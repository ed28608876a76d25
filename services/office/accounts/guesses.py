"""Failed sign-ins by address, whatever the accounts: at most thirty in ten minutes.

A try is booked as failed before it is made and struck out when it did not fail, so tries of the same instant count each
other. What is kept is a digest of the address, for ten minutes.
"""

import hmac
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.runtime.http.clients import network
from services.runtime.statements import statements

if TYPE_CHECKING:
    from services.runtime.companion import Database

statement = statements(__file__)
FROM_AN_ADDRESS = 30
WITHIN = timedelta(minutes=10)


class Guesses:
    """Of one service, whose processes all have the same `key`."""

    def __init__(self, db: "Database", key: bytes) -> None:
        self._db = db
        self._key = key

    async def book(self, client: str, at: datetime) -> bool:
        """False where there were too many: that try is not made, and so does not count."""
        address = self._digest(client)
        await self._db.execute(statement("try_book"), address, at, at - WITHIN)
        if await self._db.fetchval(statement("try_count"), address, at - WITHIN) <= FROM_AN_ADDRESS:
            return True
        await self._db.execute(statement("try_unbook"), address, at)
        return False

    async def strike_out(self, client: str, at: datetime) -> None:
        """The one that was booked at this instant did not fail. Others of that address stay: whoever has an account
        could guess at all the others for ever."""
        await self._db.execute(statement("try_unbook"), self._digest(client), at)

    def _digest(self, client: str) -> bytes:
        return hmac.digest(self._key, network(client).encode(), "sha256")[:16]
