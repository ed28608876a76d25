"""Signing in, slowly for whoever guesses.

- After five failures of an account in a row each further one doubles the wait, from a second to a quarter of an hour:
  at most about a hundred guesses a day, and the owner never waits longer than that.
- From one address at most thirty failures in ten minutes, whatever the accounts.

What is said never tells whether the name, the password or the code was wrong, nor whether there is such an account.
"""

import hmac
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog

from services.office.accounts import totp
from services.office.accounts.passwords import Passwords
from services.office.accounts.sessions import Sessions
from services.runtime.sealing import Secret, unwrap, wrap
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record

    from services.runtime.companion import Database

statement = statements(__file__)
log = structlog.get_logger(__name__)
FROM_AN_ADDRESS = 30
WITHIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`secret`: what the browser keeps."""

    secret: str


@dataclass(frozen=True, slots=True)
class Refused:
    """`code`: sign_in_wrong, sign_in_wait (for `seconds`), totp_needed (the password was right)."""

    code: str
    seconds: int = 0


class SigningIn:
    """`wrapping`: the wrapping key of each unit here, under which its authenticators' secrets lie."""

    def __init__(
        self,
        db: "Database",
        passwords: Passwords,
        sessions: Sessions,
        wrapping: Mapping[str, bytes],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._db = db
        self._passwords = passwords
        self._sessions = sessions
        self._wrapping = wrapping
        self._key = sha256(b"sign-in-address.v1" + b"".join(wrapping[unit] for unit in sorted(wrapping))).digest()
        self._clock = clock

    async def sign_in(self, name: str, password: str, code: str | None, client: str) -> SignedIn | Refused:
        """`client`: the address that it comes from, of which a digest is kept for ten minutes."""
        now, address = self._clock(), hmac.digest(self._key, client.encode(), "sha256")[:16]
        failed: int = await self._db.fetchval(statement("sign_in_failures"), address, now - WITHIN, FROM_AN_ADDRESS)
        if failed >= FROM_AN_ADDRESS:
            return Refused("sign_in_wait", int(WITHIN.total_seconds()))
        row = await self._db.fetchrow(statement("account_get"), name)
        if row is not None and row["waits_until"] is not None and row["waits_until"] > now:
            return Refused("sign_in_wait", math.ceil((row["waits_until"] - now).total_seconds()))
        encoded: str | None = row["password"] if row is not None else None
        fits = await self._passwords.fits(encoded, password)
        if row is None or encoded is None or not fits or row["disabled"]:
            return await self._wrong(name, address, now, known=row is not None)
        if row["totp"] is not None:
            if code is None:
                return Refused("totp_needed")
            if not await self._code_fits(row, code, now):
                return await self._wrong(name, address, now, known=True)
        renewed = await self._passwords.renewed(encoded, password)
        await self._db.execute(statement("sign_in_done"), name, address, renewed)
        log.info("signed_in", account=name)
        return SignedIn(await self._sessions.open(name))

    async def _wrong(self, name: str, address: bytes, now: datetime, *, known: bool) -> Refused:
        await self._db.execute(statement("sign_in_failed"), name, address, now)
        log.warning("sign_in_failed", account=name if known else None)
        return Refused("sign_in_wrong")

    async def _code_fits(self, row: "Record", code: str, now: datetime) -> bool:
        """It is the code of a step near now, and nobody used that one before."""
        secret = unwrap(row["totp"], self._wrapping[row["unit"]], row["unit"], place(row["name"]), Secret.TOTP)
        step = totp.fitting_step(secret, code, now)
        return step is not None and bool(await self._db.fetchval(statement("account_totp_used"), row["name"], step))

    async def knows(self, name: str, password: str) -> bool:
        """Whether this is the account's password; a wrong one counts as a failed sign-in."""
        row = await self._db.fetchrow(statement("account_get"), name)
        now = self._clock()
        if row is None or (row["waits_until"] is not None and row["waits_until"] > now):
            return False
        if await self._passwords.fits(row["password"], password):
            return True
        await self._db.execute(statement("sign_in_failed"), name, b"", now)
        return False

    async def again(self, name: str) -> str:
        """A session after the password was changed, which ended all others; its secret."""
        return await self._sessions.open(name)


def place(name: str) -> str:
    """Where an authenticator's secret belongs, for its sealing."""
    return f"account/{name}"


def sealed_totp(secret: bytes, wrapping: bytes, unit: str, name: str) -> bytes:
    return wrap(secret, wrapping, unit, place(name), Secret.TOTP)
