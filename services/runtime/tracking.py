"""The citizen's query code and what the portal gets for it (architecture, rule 5).

One argon2id derivation gives, split by HKDF, a wrapping key and a verifier. The portal stores the verifier's
SHA-256 and the case key wrapped under the wrapping key: it opens a case only while the code is there, and
nothing it stores opens anything.

Ten characters of 27 are 47.5 bits. Trying them all takes 26 million years at nine hundred wrong tries an hour for a
case, the most that the portal leaves, and 650 years for one code of a stolen table at 10⁴ derivations a second.
Left out are 0 1 B I L O S U Z, which are misread for others or for digits.
"""

import hmac
import os
import secrets
import unicodedata
from asyncio import get_running_loop
from concurrent.futures import Executor
from dataclasses import dataclass
from hashlib import sha256

from argon2.low_level import Type, hash_secret_raw

from services.runtime.keys import KEY_BYTES, derive
from services.runtime.sealing import CannotOpen, Secret, unwrap, wrap

ALPHABET = "23456789ACDEFGHJKMNPQRTVWXY"
CODE_LENGTH = 10
SALT_BYTES = 16
PORTAL = "portal"


class WrongCode(Exception):
    """No such case here, nothing yet to check its code by, or this is not its code: the caller cannot tell which, nor
    by the time it took."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one argon2id derivation: memory in KiB, passes over it, lanes. The default takes about 20 ms.

    Raises `ValueError` beyond 256 MiB, 16 passes or 4 lanes: a message must not be able to stop the portal.
    """

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1

    def __post_init__(self) -> None:
        if not (8 * self.lanes <= self.memory_kib <= 256 * 1024 and 1 <= self.passes <= 16 and 1 <= self.lanes <= 4):
            raise ValueError(f"{self} is outside what a portal accepts")


@dataclass(frozen=True, slots=True)
class TrackingParts:
    """What the message TrackingKey carries and the portal stores."""

    cost: Cost
    salt: bytes
    verifier: bytes
    """SHA-256 of one half of the derivation, 32 bytes. The other half opens the case, and neither gives the other."""
    wrapped_key: bytes


def new_query_code() -> str:
    """Ten characters, ungrouped; `grouped` for paper and screen."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def grouped(code: str) -> str:
    """`K7QMT-4WXRA`."""
    return f"{code[:5]}-{code[5:]}"


def typed(text: str) -> str:
    """The code a person meant: any case, full-width or not, grouped or not. Raises `WrongCode` if it can be none."""
    code = "".join(c for c in unicodedata.normalize("NFKC", text[:64]).upper() if c.isalnum())
    if len(code) != CODE_LENGTH or not set(code) <= set(ALPHABET):
        raise WrongCode
    return code


async def make_tracking(executor: Executor, code: str, case_key: bytes, stream: str, cost: Cost) -> TrackingParts:
    """Wrap `case_key` under `code`. Runs on `executor`, never on the loop; its workers times the cost is the memory."""
    return await get_running_loop().run_in_executor(executor, _make, code, case_key, stream, cost)


async def open_with_code(
    executor: Executor, code: str, parts: TrackingParts | None, stream: str, cost: Cost | None = None
) -> bytes:
    """The case key, for who brings the code as `typed` gives it. Raises `WrongCode`.

    Pass None for an unknown case: it takes as long (`cost`, as the others' parts have it) and fails alike, so
    that nobody learns which numbers exist.
    """
    return await get_running_loop().run_in_executor(executor, _open, code, parts, stream, cost or Cost())


def _make(code: str, case_key: bytes, stream: str, cost: Cost) -> TrackingParts:
    salt = os.urandom(SALT_BYTES)
    verifier, wrapping = _derived(code, salt, cost)
    return TrackingParts(cost, salt, verifier, wrap(case_key, wrapping, PORTAL, stream, Secret.CASE_KEY))


def _open(code: str, parts: TrackingParts | None, stream: str, cost: Cost) -> bytes:
    if parts is None:
        _derived(code, bytes(SALT_BYTES), cost)
        raise WrongCode
    verifier, wrapping = _derived(code, parts.salt, parts.cost)
    if not hmac.compare_digest(verifier, parts.verifier):
        raise WrongCode
    try:
        return unwrap(parts.wrapped_key, wrapping, PORTAL, stream, Secret.CASE_KEY)
    except CannotOpen:
        raise WrongCode from None


def _derived(code: str, salt: bytes, cost: Cost) -> tuple[bytes, bytes]:
    """Verifier as stored, and wrapping key. The memory is freed and the lock of the interpreter is open meanwhile."""
    secret = hash_secret_raw(code.encode(), salt, cost.passes, cost.memory_kib, cost.lanes, KEY_BYTES, Type.ID)
    return sha256(derive(secret, "tracking.verifier.v1")).digest(), derive(secret, "tracking.wrapping.v1")
