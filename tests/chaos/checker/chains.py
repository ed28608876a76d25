"""One copy of one chain: bytes, hashes, numbers, and that only the holder wrote (protocol C1, C2)."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from tests.chaos.checker.records import ASSUMED, NAMES_ITS_HOLDER, Record, Unreadable, is_case, read
from tests.chaos.checker.sources import Link

Finding = tuple[str, str]
"""Invariant and detail."""


class Reading:
    """The records of one stream: equal bytes are read once, and every copy of them is compared."""

    def __init__(self, stream: str) -> None:
        self.stream = stream
        self.known: dict[bytes, Record] = {}
        """All that could be read, by hash, wherever it lay."""

    def record(self, link: Link) -> tuple[Record | None, list[Finding]]:
        """The record in this row, and how the row differs from it; None when its bytes are no record."""
        known = self.known.get(link.hash)
        if known is None or known.value != link.value:
            hash_ = sha256(link.value).digest()
            if hash_ != link.hash:
                said = f"#{link.seq}: the bytes have the hash {hash_.hex()[:12]}, the row says {link.hash.hex()[:12]}"
                return None, [("hash", said)]
            try:
                known = self.known[link.hash] = read(link.value, link.hash)
            except Unreadable as error:
                return None, [("unreadable", f"#{link.seq}: {error}")]
        differing = ", ".join(_differing(link, known))
        return known, [("column", f"{known}: {differing} of the row are not the record's")] if differing else []


def _differing(link: Link, record: Record) -> Iterator[str]:
    for name in (
        "stream", "seq", "epoch", "term", "holder", "type", "unit", "actor", "time", "recorded", "command", "prev",
    ):  # fmt: skip
        if getattr(link, name) != getattr(record, name):
            yield name


def chain(stream: str, records: Sequence[Record], root: str) -> Iterator[Finding]:
    """What does not hold of a live branch, `records` in the order of their numbers."""
    before: Record | None = None
    for place, record in enumerate(records, 1):
        if record.stream != stream:
            yield "stream", f"{record} belongs to {record.stream}"
        if record.seq != place:
            yield "number", f"{record} stands in place {place}"
        if record.kind != (stream.partition("/")[0] if "/" in stream else "case"):
            yield "stream", f"{record} is of kind {record.kind}"
        yield from _first(stream, record) if before is None else follows(before, record, root)
        before = record


def _first(stream: str, record: Record) -> Iterator[Finding]:
    if record.prev is not None:
        yield "link", f"{record} is the first and names one before it"
    if (record.epoch, record.term) != (0, 0) or record.holder != record.unit:
        yield "custody", f"{record} begins a chain, which its writer holds, in epoch 0 and term 0"
    if is_case(stream) and (stream.partition("-")[0] != record.unit or record.name != "CaseReceived"):
        yield "custody", f"{record} begins a case, which the unit of its number receives"


def follows(before: Record, record: Record, root: str) -> Iterator[Finding]:
    """What does not hold between neighbours."""
    if record.prev != before.hash:
        yield "link", f"{record} does not name {before} as the one before it"
    if record.time < before.time:
        yield "time", f"{record} happened before {before}"
    if not is_case(record.stream):
        if record.holder != record.unit or record.unit != before.unit or (record.epoch, record.term) != (0, 0):
            yield "custody", f"{record}: only cases change hands"
        return
    passes = record.holder != before.holder
    if record.name == ASSUMED:
        if (record.unit, record.holder) != (root, root):
            yield "custody", f"{record}: {root} alone assumes custody, and holds then"
        if record.epoch <= before.epoch or record.term != 0:
            yield "order", f"{record} does not raise the epoch of {before}"
        return
    if record.unit != before.holder:
        yield "custody", f"{record} was written while {before.holder} held"
    if passes and (record.name not in NAMES_ITS_HOLDER or record.data.get("to") != record.holder):
        yield "custody", f"{record} makes {record.holder} the holder, and does not say so"
    if (record.epoch, record.term) != (before.epoch, before.term + passes):
        yield "order", f"{record} after ({before.epoch}, {before.term}), {'a' if passes else 'no'} pass"


def holders(known: Sequence[Record]) -> Iterator[Finding]:
    """Over all branches of a case: in an epoch there was one holder at a time, so no number was written twice in it,
    and no term had two holders."""
    numbers: dict[tuple[int, int], Record] = {}
    terms: dict[tuple[int, int], Record] = {}
    for record in known:
        other = numbers.setdefault((record.epoch, record.seq), record)
        if other is not record:
            yield "two_holders", f"{record} and {other} are both number {record.seq} of epoch {record.epoch}"
        other = terms.setdefault((record.epoch, record.term), record)
        if other.holder != record.holder:
            yield "two_holders", f"{record} makes {record.holder} the holder, {other} {other.holder}"
