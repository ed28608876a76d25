"""A unit's daily anchor: a signed Merkle root over the ends of its chains, so that a cut tail is found.

Anyone can build the same from the words alone. Hash: RFC 9162, section 2.1. Leaf: the stream's name, NUL, the 32 bytes
of the hash of the unit's last event in it; in the order of the names' UTF-8 bytes. Signed text, ASCII, parts divided
by one space: `sanji-anchor-v1 unit day chains events root`, the day as YYYY-MM-DD and the root in lower-case hex.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.anchor import AnchorPublished
from services.runtime import base64url


class Ends:
    """The ends of a unit's chains, added in the order of the names' UTF-8 bytes. Holds the logarithm of their number:
    of each full subtree, 2^height leaves, its root alone."""

    def __init__(self) -> None:
        self.chains = 0
        self._subtrees: list[bytes] = []

    def add(self, stream: str, head: bytes) -> None:
        """`head`: the 32 bytes of the hash of the unit's last event in `stream`."""
        node, full = sha256(b"\x00" + stream.encode() + b"\x00" + head).digest(), self.chains
        while full & 1:
            node, full = sha256(b"\x01" + self._subtrees.pop() + node).digest(), full >> 1
        self._subtrees.append(node)
        self.chains += 1

    @property
    def root(self) -> bytes:
        """32 bytes; of no chains the hash of nothing."""
        if not self._subtrees:
            return sha256(b"").digest()
        *left, node = self._subtrees
        for subtree in reversed(left):
            node = sha256(b"\x01" + subtree + node).digest()
        return node


def ends(heads: Mapping[str, bytes]) -> Ends:
    """Of the hash of the last event by stream."""
    found = Ends()
    for stream, head in sorted(heads.items(), key=lambda one: one[0].encode()):
        found.add(stream, head)
    return found


def sign_anchor(key: Ed25519PrivateKey, unit: str, day: date, ends: Ends, events: int) -> AnchorPublished:
    """The anchor of `unit` for `day`: `ends` of its chains, and how many events the unit wrote in them."""
    root = ends.root.hex()
    signature = base64url.encode(key.sign(_signed_text(unit, day, ends.chains, events, root)))
    return AnchorPublished(day=day, chains=ends.chains, events=events, root=root, signature=signature)


def _signed_text(unit: str, day: date, chains: int, events: int, root: str) -> bytes:
    return f"sanji-anchor-v1 {unit} {day.isoformat()} {chains} {events} {root}".encode("ascii")
