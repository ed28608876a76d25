"""Signing in, slowly for whoever guesses.

- After five failures of an account in a row each further one doubles the wait, from a second to a quarter of an hour:
  at most about a hundred guesses a day, and the owner never waits longer than that.
- From one address at most thirty failures in ten minutes, whatever the accounts.

A try counts as a failure before it is made, so tries of the same instant count each other. What is said never tells
whether the name, the password or the code was wrong; that an account has to wait tells that there is one.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog

from services.office.accounts import totp
from services.office.accounts.accounts import is_name
from services.office.accounts.guesses import WITHIN, Guesses
from services.office.accounts.passwords import Passwords
from services.office.accounts.sessions import Sessions
from services.runtime.sealing import Secret, unwrap, wrap
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record

    from services.runtime.companion import Database

statement = statements(__file__)
log = structlog.get_logger(__name__)


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
        key = sha256(b"sign-in-address.v1" + b"".join(wrapping[unit] for unit in sorted(wrapping))).digest()
        self._guesses = Guesses(db, key)
        self._clock = clock

    async def sign_in(self, name: str, password: str, code: str | None, client: str) -> SignedIn | Refused:
        """`client`: the address that it comes from."""
        now = self._clock()
        if not await self._guesses.book(client, now):
            log.warning("sign_in_waits", account=None)
            return Refused("sign_in_wait", int(WITHIN.total_seconds()))
        found = await self._judged(name, password, code, now)
        if isinstance(found, SignedIn) or found.code != "sign_in_wrong":
            await self._guesses.strike_out(client, now)
        return found

    async def _judged(self, name: str, password: str, code: str | None, now: datetime) -> SignedIn | Refused:
        taken = await self._taken(name, now)
        if isinstance(taken, Refused):
            log.warning("sign_in_waits", account=name)
            return taken
        fits = await self._passwords.fits(taken["password"] if taken is not None else None, password)
        if taken is None or not fits or taken["disabled"]:
            return _wrong(taken)
        if taken["totp"] is not None:
            if code is None:
                await self._db.execute(statement("sign_in_give_back"), name, taken["waits_until"])
                log.info("sign_in_code_asked", account=name)
                return Refused("totp_needed")
            if not await self._code_fits(taken, code, now):
                return _wrong(taken)
        renewed = await self._passwords.renewed(taken["password"], password)
        if not await self._db.fetchval(statement("sign_in_done"), name, taken["password"], renewed):
            return _wrong(taken)
        log.info("signed_in", account=name)
        return SignedIn(await self._sessions.open(name))

    async def _taken(self, name: str, now: datetime) -> "Record | Refused | None":
        """The account, with this try counted; Refused when it has to wait; None when there is none."""
        if not is_name(name):
            return None
        if (taken := await self._db.fetchrow(statement("sign_in_take"), name, now)) is not None:
            return taken
        if (row := await self._db.fetchrow(statement("account_get"), name)) is None:
            return None
        left = (row["waits_until"] - now).total_seconds() if row["waits_until"] is not None else 0
        return Refused("sign_in_wait", max(1, math.ceil(left)))

    async def _code_fits(self, row: "Record", code: str, now: datetime) -> bool:
        """It is the code of a step near now, and nobody used that one before."""
        if (wrapping := self._wrapping.get(row["unit"])) is None:
            return False  # a unit of another service
        secret = unwrap(row["totp"], wrapping, row["unit"], place(row["name"]), Secret.TOTP)
        step = totp.fitting_step(secret, code, now)
        return step is not None and bool(await self._db.fetchval(statement("account_totp_used"), row["name"], step))

    async def knows(self, name: str, password: str) -> bool:
        """Whether this is the account's password; a wrong one counts as a failed sign-in."""
        taken = await self._taken(name, self._clock())
        if taken is None or isinstance(taken, Refused) or not await self._passwords.fits(taken["password"], password):
            return False
        await self._db.execute(statement("sign_in_give_back"), name, taken["waits_until"])
        return True

    async def again(self, name: str) -> str:
        """A session after the password was changed, which ended all others; its secret."""
        return await self._sessions.open(name)


def _wrong(taken: "Record | None") -> Refused:
    log.warning("sign_in_failed", account=taken["name"] if taken is not None else None)
    return Refused("sign_in_wrong")


def place(name: str) -> str:
    """Where an authenticator's secret belongs, for its sealing."""
    return f"account/{name}"


def sealed_totp(secret: bytes, wrapping: bytes, unit: str, name: str) -> bytes:
    return wrap(secret, wrapping, unit, place(name), Secret.TOTP)
