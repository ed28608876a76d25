"""Passwords as argon2id (RFC 9106), at the cost that OWASP's Password Storage Cheat Sheet names: 19 MiB, two passes.

Hashing takes a core for some 30 ms, so it runs in threads, two at once: a flood of sign-ins waits for itself.
"""

import asyncio
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

SHORTEST, LONGEST = 12, 128
"""Characters."""
AT_ONCE = 2
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Nothing that is read for something else."""
GROUPS, GROUP = 5, 4
"""99 bits."""
COMMON = frozenset(
    (
        "123456789012", "1234567890123", "password1234", "passwordpassword", "qwertyuiop12", "qwertyuiopas",
        "abcdefghijkl", "administrator", "1q2w3e4r5t6y", "woaini520520", "a123456789012", "sanjisanjisanji",
    )
)  # fmt: skip


class PasswordRefused(Exception):
    """`code`: password_short, password_long, password_common."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def given() -> str:
    """A password to begin with."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(GROUP)) for _ in range(GROUPS))


def _prepared(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def chosen(password: str, name: str) -> str:
    """As it is hashed. Raises PasswordRefused for one that is too short, too long or guessed by everybody."""
    found = _prepared(password)
    if len(found) < SHORTEST:
        raise PasswordRefused("password_short")
    if len(found) > LONGEST:
        raise PasswordRefused("password_long")
    folded = found.casefold()
    if folded in COMMON or len(set(folded)) < 4 or folded.replace(name.casefold(), "").strip("0123456789-_.") == "":
        raise PasswordRefused("password_common")
    return found


class Passwords:
    """Of one process."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, password: str, name: str) -> str:
        """Encoded, with salt and cost. Raises PasswordRefused."""
        fitting = chosen(password, name)
        async with self._turns:
            return await asyncio.to_thread(_HASHER.hash, fitting)

    async def fits(self, encoded: str | None, password: str) -> bool:
        """Takes as long where there is no such account: `encoded` None."""
        async with self._turns:
            return (
                await asyncio.to_thread(_verified, encoded or _nobodys(), _prepared(password)) and encoded is not None
            )

    async def renewed(self, encoded: str, password: str) -> str | None:
        """The same password at the present cost; None when it has that already."""
        if not _HASHER.check_needs_rehash(encoded):
            return None
        async with self._turns:
            return await asyncio.to_thread(_HASHER.hash, _prepared(password))


def _verified(encoded: str, password: str) -> bool:
    try:
        return _HASHER.verify(encoded, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex(16))
