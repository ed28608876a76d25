"""Codes of an authenticator (RFC 6238): six digits of HMAC-SHA-1, one each 30 seconds, each used once."""

import hmac
import secrets
from collections.abc import Iterator
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.hotp import HOTP
from cryptography.hazmat.primitives.twofactor.totp import TOTP

STEP = 30
DRIFT = 1
"""Steps by which the two clocks may differ, each way."""
DIGITS = 6
SECRET_BYTES = 20
ISSUER = "Sanji"


def new_secret() -> bytes:
    return secrets.token_bytes(SECRET_BYTES)


def address(secret: bytes, name: str, unit: str) -> str:
    """What an authenticator reads as a QR code: otpauth://totp/…"""
    return TOTP(secret, DIGITS, SHA1(), STEP).get_provisioning_uri(f"{name}@{unit}", ISSUER)  # noqa: S303


def fitting_step(secret: bytes, code: str, at: datetime) -> int | None:
    """The step of time whose code this is, near `at`; None when it is none. Every step is compared."""
    found: int | None = None
    said = code.strip().encode("ascii", "replace")
    for step in _steps(at):
        if hmac.compare_digest(HOTP(secret, DIGITS, SHA1()).generate(step), said):  # noqa: S303
            found = step
    return found


def _steps(at: datetime) -> Iterator[int]:
    now = int(at.timestamp()) // STEP
    yield from range(now - DRIFT, now + DRIFT + 1)
