"""The keys of a unit. They live in a folder outside the database, so that a stolen dump opens nothing."""

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.runtime import base64url
from services.runtime.secret_files import SecretMissing, read_secret, write_secret

KEY_BYTES = 32
_UNIT = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")


class KeysDamaged(Exception):
    """A key file is not what `make_unit_keys` wrote, or belongs to another unit."""


@dataclass(frozen=True, slots=True)
class UnitKeys:
    """`sealing` opens case keys sent to the unit, `anchor` signs its daily anchors, `wrapping` guards its vault."""

    unit: str
    sealing: X25519PrivateKey = field(repr=False)
    anchor: Ed25519PrivateKey = field(repr=False)
    wrapping: bytes = field(repr=False)


class PublicKeys(NamedTuple):
    """What UnitOpened carries: 32 bytes each, base64url."""

    sealing: str
    anchor: str


def make_unit_keys(folder: Path, unit: str) -> UnitKeys:
    """Make and store the keys of `unit`.

    Raises `SecretExists` when it has some: other units seal for the published key, so new ones would
    leave every handover on its way unreadable.
    """
    keys = UnitKeys(unit, X25519PrivateKey.generate(), Ed25519PrivateKey.generate(), os.urandom(KEY_BYTES))
    parts = {
        "unit": unit,
        "sealing": base64url.encode(keys.sealing.private_bytes_raw()),
        "anchor": base64url.encode(keys.anchor.private_bytes_raw()),
        "wrapping": base64url.encode(keys.wrapping),
    }
    write_secret(_path(folder, unit), json.dumps(parts, indent=1).encode())
    return keys


def load_unit_keys(folder: Path, unit: str) -> UnitKeys:
    """The stored keys of `unit`. Raises `SecretMissing`, `SecretExposed`, `KeysDamaged`."""
    path = _path(folder, unit)
    if not path.exists():
        raise SecretMissing(f"Unit {unit} has no keys in {folder}. Run: sanji keys {unit}")
    content = read_secret(path)
    try:
        parts = cast(dict[str, str], json.loads(content))
        if parts["unit"] != unit:
            raise KeysDamaged(f"{path} holds the keys of unit {parts['unit']}. Bring back the right file from a copy.")
        return UnitKeys(
            unit,
            X25519PrivateKey.from_private_bytes(base64url.decode(parts["sealing"])),
            Ed25519PrivateKey.from_private_bytes(base64url.decode(parts["anchor"])),
            _whole(base64url.decode(parts["wrapping"])),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise KeysDamaged(f"{path} is damaged. Bring it back from a copy; without it the vault stays shut.") from error


def public_keys(keys: UnitKeys) -> PublicKeys:
    return PublicKeys(
        base64url.encode(keys.sealing.public_key().public_bytes_raw()),
        base64url.encode(keys.anchor.public_key().public_bytes_raw()),
    )


def sealing_key(text: str) -> X25519PublicKey:
    """A unit's published sealing key. Raises `ValueError` when it is none."""
    return X25519PublicKey.from_public_bytes(base64url.decode(text))


def anchor_key(text: str) -> Ed25519PublicKey:
    """A unit's published anchor key. Raises `ValueError` when it is none."""
    return Ed25519PublicKey.from_public_bytes(base64url.decode(text))


def derive(secret: bytes, purpose: str) -> bytes:
    """A 32-byte key for one purpose; keys of different purposes tell nothing of each other (HKDF, RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"sanji.{purpose}".encode()).derive(secret)


def _whole(key: bytes) -> bytes:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    return key


def _path(folder: Path, unit: str) -> Path:
    """The unit's file. The code is checked because it comes from a command line and ends in a path."""
    if not _UNIT.fullmatch(unit):
        raise ValueError(f"{unit!r} is not a unit code")
    return folder / f"{unit}.keys.json"
