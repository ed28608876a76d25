"""Daily anchors: what a unit signed about the ends of its chains. They find a tail that was cut from every copy.

An anchor of a unit covers the events that this unit recorded before the anchor's `time`: how many, in how many chains,
and the Merkle root (RFC 9162, section 2.1) over the leaves `stream NUL hash of its last event there`, in the order of
the streams' bytes. Signed with Ed25519 is the text `sanji-anchor-v1 unit day chains events root`.
"""

import base64
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from services.cli.verify.chain import Chain, Finding
from services.cli.verify.record import Record


def check_anchors(chains: Iterable[Chain]) -> tuple[int, list[Finding]]:
    """How many anchors there are, and what does not hold; `chains` is the longest copy of every chain that is known.

    `anchor_open`: a unit's chains differ from its anchor, but custody was assumed in one of them, so that what the
    unit wrote there may have been superseded.
    """
    written: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    keys: dict[str, set[str]] = defaultdict(set)
    assumed: set[str] = set()
    anchors: list[Record] = []
    for chain in chains:
        raised = any(record.epoch for record in chain.records)
        for record in chain.records:
            written[record.unit][chain.stream].append(record)
            if raised:
                assumed.add(record.unit)
            if record.name == "AnchorPublished":
                anchors.append(record)
            if record.name in ("UnitOpened", "UnitRevised") and isinstance(record.data.get("anchor_key"), str):
                keys[record.stream.partition("/")[2]].add(record.data["anchor_key"])
    findings = [
        Finding(
            "anchor_open" if code == "anchor_differs" and anchor.unit in assumed else code,
            anchor.stream,
            anchor.seq,
            detail,
        )
        for anchor in anchors
        for code, detail in _check(anchor, written[anchor.unit], keys[anchor.unit])
    ]
    return len(anchors), findings


def merkle_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, as it stands there: the root over these leaves, 32 bytes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\x01" + merkle_root(leaves[:half]) + merkle_root(leaves[half:])).digest()


def _check(anchor: Record, written: dict[str, list[Record]], keys: set[str]) -> Iterator[tuple[str, str]]:
    data = anchor.data
    if anchor.stream != f"anchor/{anchor.unit}":
        yield "anchor_forged", f"{anchor.unit} anchored under the name {anchor.stream}"
    text = (
        f"sanji-anchor-v1 {anchor.unit} {data.get('day')} {data.get('chains')} {data.get('events')} {data.get('root')}"
    )
    if not any(_signed(text, str(data.get("signature")), key) for key in keys):
        yield "anchor_forged", "no published key of the unit signed this"
    covered = {
        stream: records[:count]
        for stream, records in written.items()
        if (count := bisect_left(records, anchor.time, key=lambda record: record.recorded))
    }
    events = sum(map(len, covered.values()))
    if (data.get("chains"), data.get("events")) != (len(covered), events):
        said = f"{data.get('events')} events in {data.get('chains')} chains"
        yield "anchor_differs", f"{said} were anchored, {events} in {len(covered)} are here"
        return
    ordered = sorted((stream.encode(), records[-1].hash) for stream, records in covered.items())
    root = merkle_root([stream + b"\x00" + bytes.fromhex(head) for stream, head in ordered]).hex()
    if data.get("root") != root:
        yield "anchor_differs", f"the root {data.get('root')} was anchored, the chains here have {root}"


def _signed(text: str, signature: str, key: str) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(_base64url(key)).verify(_base64url(signature), text.encode())
    except (InvalidSignature, ValueError):
        return False
    return True


def _base64url(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
