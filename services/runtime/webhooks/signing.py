"""The signature of what a subscriber is sent: HMAC-SHA256 as Standard Webhooks (standardwebhooks.com, 1.0) has it.

The secrets are not stored: they are derived from a unit's wrapping key, which lies outside the database.
"""

import base64
import hmac
from collections.abc import Sequence

from services.runtime.keys import derive


def secret(wrapping: bytes, webhook: str, generation: int) -> bytes:
    """32 bytes, another one for each subscription and each generation of its secret."""
    return derive(wrapping, f"webhook.v1.{webhook}.{generation}")


def shown(key: bytes) -> str:
    """As the subscriber is given it."""
    return "whsec_" + base64.b64encode(key).decode()


def signature(secrets: Sequence[bytes], id_: str, timestamp: int, body: bytes) -> str:
    """Of this body under each secret, separated by spaces: one that verifies is enough. `timestamp`: seconds since 1970
    (UTC)."""
    signed = f"{id_}.{timestamp}.".encode() + body
    return " ".join("v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode() for key in secrets)
