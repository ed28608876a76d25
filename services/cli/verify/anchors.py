"""Daily anchors: what a unit signed about the ends of its chains. They find a tail that was cut from every copy.

An anchor of a unit covers the events that this unit recorded before the anchor's `time`: how many, in how many chains,
and the Merkle root (RFC 9162, section 2.1) over the leaves `stream NUL hash of its last event there`, in the order of
the streams' bytes. Signed with Ed25519 is the text `sanji-anchor-v1 unit day chains events root`.

The chains come by one after the other, in that same order, so each anchor's tree grows while they do and none of them
is kept. For that the anchors are known beforehand: those that a source had when it was begun are checked.
"""

import base64
from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.cli.verify.chain import Chain, Finding
from services.cli.verify.record import Record, Unreadable, read


class Tree:
    """RFC 9162, 2.1.1, leaf by leaf. Holds the root of each full subtree, 2^height leaves: their number's logarithm."""

    def __init__(self) -> None:
        self.leaves = 0
        self._full: list[bytes] = []

    def add(self, leaf_hash: bytes) -> None:
        """`leaf_hash`: SHA-256 of 0x00 and the leaf."""
        left = self.leaves
        while left & 1:
            leaf_hash = sha256(b"\x01" + self._full.pop() + leaf_hash).digest()
            left >>= 1
        self._full.append(leaf_hash)
        self.leaves += 1

    @property
    def root(self) -> bytes:
        """32 bytes; of no leaves the hash of nothing."""
        if not self._full:
            return sha256(b"").digest()
        *lefts, right = self._full
        for left in reversed(lefts):
            right = sha256(b"\x01" + left + right).digest()
        return right


class Covered:
    """What lies before one anchor, as far as it came by."""

    def __init__(self, anchor: Record) -> None:
        self.anchor = anchor
        self.tree = Tree()
        self.events = 0


class Anchors:
    """`lines`: the records of every anchor chain, from whatever source; what cannot be read is another's finding."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        known: dict[str, Record] = {}
        for line in lines:
            try:
                record = read(line)
            except Unreadable:
                continue
            if record.name == "AnchorPublished":
                known[record.hash] = record
        self._of: dict[str, list[Covered]] = defaultdict(list)
        for record in sorted(known.values(), key=lambda record: record.time):
            self._of[record.unit].append(Covered(record))
        self._keys: dict[str, set[str]] = defaultdict(set)
        self._seen: set[str] = set()
        self._assumed: set[str] = set()

    def add(self, chain: Chain) -> None:
        """The longest copy of the next chain, in the order of the names' bytes."""
        raised = any(record.epoch for record in chain.records)
        by_unit: dict[str, list[Record]] = {}
        for record in chain.records:
            by_unit.setdefault(record.unit, []).append(record)
            if record.name == "AnchorPublished":
                self._seen.add(record.hash)
            if record.name in ("UnitOpened", "UnitRevised") and isinstance(record.data.get("anchor_key"), str):
                self._keys[record.stream.partition("/")[2]].add(record.data["anchor_key"])
        for unit, records in by_unit.items():
            if raised:
                self._assumed.add(unit)
            if anchors := self._of.get(unit):
                _cover(anchors, chain.stream, records)

    def findings(self) -> tuple[int, list[Finding]]:
        """How many anchors there are, and what does not hold.

        `anchor_open`: a unit's chains differ from its anchor, but custody was assumed in one of them, so that what the
        unit wrote there may have been superseded.
        """
        there = [one for of_unit in self._of.values() for one in of_unit if one.anchor.hash in self._seen]
        return len(there), [
            Finding(
                "anchor_open" if code == "anchor_differs" and one.anchor.unit in self._assumed else code,
                one.anchor.stream,
                one.anchor.seq,
                detail,
            )
            for one in there
            for code, detail in _check(one, self._keys[one.anchor.unit])
        ]


def _cover(anchors: list[Covered], stream: str, records: list[Record]) -> None:
    """Add this chain to each of a unit's anchors before whose time the unit wrote in it."""
    count, leaf = 0, b""
    for one in anchors:
        before = count
        while count < len(records) and records[count].recorded < one.anchor.time:
            count += 1
        if count > before:
            last = bytes.fromhex(records[count - 1].hash)
            leaf = sha256(b"\x00" + stream.encode() + b"\x00" + last).digest()
        if count:
            one.tree.add(leaf)
            one.events += count


def _check(one: Covered, keys: set[str]) -> Iterator[tuple[str, str]]:
    anchor, data = one.anchor, one.anchor.data
    if anchor.stream != f"anchor/{anchor.unit}":
        yield "anchor_forged", f"{anchor.unit} anchored under the name {anchor.stream}"
    text = (
        f"sanji-anchor-v1 {anchor.unit} {data.get('day')} {data.get('chains')} {data.get('events')} {data.get('root')}"
    )
    if not any(_signed(text, str(data.get("signature")), key) for key in keys):
        yield "anchor_forged", "no published key of the unit signed this"
    if (data.get("chains"), data.get("events")) != (one.tree.leaves, one.events):
        said = f"{data.get('events')} events in {data.get('chains')} chains"
        yield "anchor_differs", f"{said} were anchored, {one.events} in {one.tree.leaves} are here"
    elif data.get("root") != (root := one.tree.root.hex()):
        yield "anchor_differs", f"the root {data.get('root')} was anchored, the chains here have {root}"


def _signed(text: str, signature: str, key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(_base64url(key)).verify(_base64url(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
