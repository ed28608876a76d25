"""A unit's daily anchor: a signed Merkle root over the ends of its chains, so that a cut tail is found.

Anyone can build the same from the words alone. Hash: RFC 9162, section 2.1. Leaf: the stream's name, NUL, the 32 bytes
of the hash of the unit's last event in it; in the order of the names' UTF-8 bytes. Signed text, ASCII, parts divided
by one space: `sanji-anchor-v1 unit day chains events root`, the day as YYYY-MM-DD and the root in lower-case hex.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.anchor import AnchorPublished
from services.runtime import base64url


class AnchorForged(Exception):
    """The signature is not by this key over this unit, day, counts and root."""


def merkle_root(heads: Mapping[str, bytes]) -> bytes:
    """The root over the hash of the last event by stream, 32 bytes; of no streams the hash of nothing."""
    leaves = sorted((stream.encode(), head) for stream, head in heads.items())
    return _root([sha256(b"\x00" + stream + b"\x00" + head).digest() for stream, head in leaves])


def sign_anchor(
    key: Ed25519PrivateKey, unit: str, day: date, heads: Mapping[str, bytes], events: int
) -> AnchorPublished:
    """The anchor of `unit` for `day`: `heads` by stream, and how many events the unit wrote in them."""
    root = merkle_root(heads).hex()
    signature = key.sign(_signed_text(unit, day, len(heads), events, root))
    return AnchorPublished(day=day, chains=len(heads), events=events, root=root, signature=base64url.encode(signature))


def check_anchor(key: Ed25519PublicKey, unit: str, anchor: AnchorPublished) -> None:
    """Raises `AnchorForged` unless the holder of `key` signed this for `unit`; the chains are checked elsewhere."""
    try:
        text = _signed_text(unit, anchor.day, anchor.chains, anchor.events, anchor.root)
        key.verify(base64url.decode(anchor.signature), text)
    except (InvalidSignature, ValueError):
        raise AnchorForged(f"anchor of unit {unit} for {anchor.day}") from None


def _signed_text(unit: str, day: date, chains: int, events: int, root: str) -> bytes:
    return f"sanji-anchor-v1 {unit} {day.isoformat()} {chains} {events} {root}".encode("ascii")


def _root(leaves: Sequence[bytes]) -> bytes:
    """Left to right, a lone last one moves up unchanged: the tree of RFC 9162 without its recursion."""
    if not leaves:
        return sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(pairs) * 2 :]
    return level[0]
