"""Sealing: one field under the case's key, one secret for a unit, one secret for the vault.

Associated data says where a ciphertext belongs, each part with its length before it, so that no two places
read alike; a ciphertext that was moved opens nowhere.
"""

import os
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from contracts.fields import Ciphertext, Plain
from services.runtime import base64url

VERSION = "v1."
NONCE_BYTES = 12
SEAL_BYTES = NONCE_BYTES + 16
"""By which what is sealed is longer: nonce and tag."""
CASE_KEY_BYTES = 32

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class Secret(StrEnum):
    """What is sealed for a unit or wrapped in a vault; one never opens as the other."""

    CASE_KEY = "case-key"
    QUERY_CODE = "query-code"
    TOTP = "totp"


class CannotOpen(Exception):
    """Wrong key, wrong place, or changed bytes: the three cannot be told apart. Names the place, no content."""


def new_case_key() -> bytes:
    return os.urandom(CASE_KEY_BYTES)


def seal_field(text: str, key: bytes, stream: str, seq: int, field: str) -> Ciphertext:
    """`text` under the case's key, bound to one field of one event of one stream; different every time."""
    sealed = _seal(key, text.encode(), _place("field", stream, str(seq), field))
    return Ciphertext(VERSION + base64url.encode(sealed))


def open_field(text: Ciphertext, key: bytes, stream: str, seq: int, field: str) -> Plain:
    """The text that was sealed at this very place. Raises `CannotOpen`."""
    where = f"{stream}:{seq} {field}"
    if not text.startswith(VERSION):
        raise CannotOpen(f"{where} is not of version {VERSION}")
    try:
        sealed = base64url.decode(text.removeprefix(VERSION))
    except ValueError:
        raise CannotOpen(f"{where} is not base64url") from None
    return Plain(_open(key, sealed, _place("field", stream, str(seq), field), where).decode())


def seal_paper(content: bytes, key: bytes, stream: str, digest: str) -> bytes:
    """A paper of a case as it lies in the store of papers, under the case's key: 28 bytes longer. `digest`: SHA-256 of
    `content` in hex."""
    return _seal(key, content, _place("paper", stream, digest))


def open_paper(sealed: bytes, key: bytes, stream: str, digest: str) -> bytes:
    """What `seal_paper` sealed. Raises `CannotOpen`."""
    return _open(key, sealed, _place("paper", stream, digest), f"paper {digest} of {stream}")


def seal_for_unit(secret: bytes, public: X25519PublicKey, unit: str, stream: str, what: Secret) -> bytes:
    """`secret` so that only `unit` can open it, and only as this secret of this stream.

    HPKE base mode (RFC 9180), X25519, HKDF-SHA256, AES-256-GCM: 48 bytes longer than the secret. Says nothing of
    who sealed it: what a received key is worth shows when it opens the chain, whose writers are checked.
    """
    return _SUITE.encrypt(secret, public, info=_place("unit", unit, stream, what))


def open_for_unit(sealed: bytes, private: X25519PrivateKey, unit: str, stream: str, what: Secret) -> bytes:
    """What `seal_for_unit` sealed. Raises `CannotOpen`."""
    try:
        return _SUITE.decrypt(sealed, private, info=_place("unit", unit, stream, what))
    except (InvalidTag, ValueError):
        raise CannotOpen(f"the {what} of {stream} sealed for unit {unit}") from None


def wrap(secret: bytes, wrapping: bytes, unit: str, stream: str, what: Secret) -> bytes:
    """`secret` as it lies in the vault table, under the unit's wrapping key: 28 bytes longer."""
    return _seal(wrapping, secret, _place("wrap", unit, stream, what))


def unwrap(wrapped: bytes, wrapping: bytes, unit: str, stream: str, what: Secret) -> bytes:
    """What `wrap` wrapped. Raises `CannotOpen`."""
    return _open(
        wrapping, wrapped, _place("wrap", unit, stream, what), f"the {what} of {stream} in unit {unit}'s vault"
    )


def _place(*parts: str) -> bytes:
    encoded = [part.encode() for part in ("sanji-seal-v1", *parts)]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def _seal(key: bytes, value: bytes, place: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, place)


def _open(key: bytes, sealed: bytes, place: bytes, where: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place)
    except (InvalidTag, ValueError):
        raise CannotOpen(where) from None
