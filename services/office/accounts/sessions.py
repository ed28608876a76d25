"""Sessions of who is signed in. The browser keeps a secret, the database its digest: a copy of it opens nothing."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from services.office.accounts.accounts import Account
from services.runtime.statements import statements

if TYPE_CHECKING:
    from services.runtime.companion import Database

statement = statements(__file__)
SECRET_CHARACTERS = 43
"""32 bytes as base64url."""


@dataclass(frozen=True, slots=True)
class Session:
    """`csrf`: what every form of it carries, so that no other site can send one."""

    account: Account
    csrf: str


class Sessions:
    """`idle`: after so long without a request it is over; `longest`: after so long in any case."""

    def __init__(
        self,
        db: "Database",
        idle: timedelta,
        longest: timedelta,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._idle = idle
        self._longest = longest
        self._clock = clock

    async def open(self, name: str) -> str:
        """A new one of this account, whatever the browser had before; its secret."""
        secret, now = secrets.token_urlsafe(32), self._clock()
        await self._db.execute(
            statement("session_open"), _digest(secret), name, secrets.token_urlsafe(24), now, now + self._longest
        )
        return secret

    async def find(self, secret: str) -> Session | None:
        """The session of that secret; None when there is none, when it is over, or when its account is disabled."""
        if len(secret) != SECRET_CHARACTERS:
            return None
        now = self._clock()
        row = await self._db.fetchrow(statement("session_find"), _digest(secret), now, now - self._idle)
        if row is None:
            return None
        account = Account(
            row["name"], row["unit"], row["department"], frozenset(row["roles"]), row["must_change"], totp=row["totp"]
        )
        return Session(account, row["csrf"])

    async def end(self, secret: str) -> None:
        await self._db.execute(statement("session_end"), _digest(secret))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
