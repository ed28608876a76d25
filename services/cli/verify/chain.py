"""One chain on one service: numbers, hashes, and that only the holder wrote."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.cli.verify.record import Record, Unreadable, read

NAMES_ITS_HOLDER = frozenset({"CaseReferred", "CaseReturned", "ReferralRefused", "ReferralRecalled", "CaseDisputed"})
"""The events by which custody passes; `to` in their data is the new holder. Beside them only CustodyAssumed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold. `code` is stable; `where` is the service or file, empty for all of them."""

    code: str
    stream: str
    seq: int
    detail: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    stream: str
    records: tuple[Record, ...]
    findings: tuple[Finding, ...]


def check(stream: str, lines: Sequence[bytes]) -> Chain:
    """Read and check the whole chain of `stream`, its lines in the order of the service's answer."""
    records: list[Record] = []
    findings: list[Finding] = []
    for place, line in enumerate(lines, 1):
        try:
            records.append(read(line))
        except Unreadable as error:
            findings.append(Finding("unreadable", stream, place, str(error)))
    if not lines:
        findings.append(Finding("empty", stream, 0, "the chain has no record"))
    previous: Record | None = None
    for place, record in enumerate(records, 1):
        found = _first(stream, record) if previous is None else _next(previous, record)
        findings += (Finding(code, stream, record.seq, detail) for code, detail in _own(stream, place, record))
        findings += (Finding(code, stream, record.seq, detail) for code, detail in found)
        previous = record
    return Chain(stream, tuple(records), tuple(findings))


def _own(stream: str, place: int, record: Record) -> Iterator[tuple[str, str]]:
    """What a record must say whatever stands before it."""
    if record.stream != stream:
        yield "wrong_stream", f"the record belongs to {record.stream}"
    if record.id != f"{record.stream}:{record.seq}":
        yield "wrong_id", f"id {record.id} is not {record.stream}:{record.seq}"
    if record.seq != place:
        yield "wrong_number", f"number {record.seq} stands in place {place}"
    if record.kind != (stream.partition("/")[0] if "/" in stream else "case"):
        yield "wrong_kind", f"an event of kind {record.kind}"
    if not record.is_case and record.holder != record.unit:
        yield "wrong_holder", "only cases change hands"
    if record.name in NAMES_ITS_HOLDER and record.data.get("to") != record.holder:
        yield "wrong_holder", f"{record.name} to {record.data.get('to')} makes {record.holder} the holder"


def _first(stream: str, record: Record) -> Iterator[tuple[str, str]]:
    if record.prev is not None:
        yield "broken_link", "the first record names one before it"
    if (record.epoch, record.term) != (0, 0):
        yield "wrong_custody", f"a chain begins with epoch 0 and term 0, not {record.epoch} and {record.term}"
    if record.holder != record.unit:
        yield "wrong_holder", "the first writer holds"
    if record.is_case and stream.partition("-")[0] != record.unit:
        yield "not_the_holder", f"{record.unit} is not the unit in the number"
    if record.is_case and record.name != "CaseReceived":
        yield "wrong_kind", f"a case begins with CaseReceived, not {record.name}"


def _next(before: Record, record: Record) -> Iterator[tuple[str, str]]:
    """Custody between neighbours: only the holder writes, a pass raises the term, an assumption the epoch."""
    if record.prev != before.hash:
        yield "broken_link", f"prevhash {record.prev} is not the hash {before.hash} of the record before"
    if record.time < before.time:
        yield "time_went_back", f"{record.time} after {before.time}"
    if record.name == "CaseReceived":
        yield "wrong_kind", "a case is received once"
    if record.name == "CustodyAssumed":
        if record.holder != record.unit:
            yield "wrong_holder", "who assumes custody holds"
        if record.epoch <= before.epoch or record.term != 0:
            yield "wrong_custody", f"assumed with epoch {record.epoch}, term {record.term} after epoch {before.epoch}"
        return
    if record.unit != before.holder:
        yield "not_the_holder", f"{record.unit} wrote while {before.holder} held"
    if record.epoch != before.epoch:
        yield "wrong_custody", f"epoch {record.epoch} after {before.epoch} without an assumption"
    passes = record.holder != before.holder
    if record.term != before.term + passes:
        yield "wrong_custody", f"term {record.term} after {before.term}, {'a' if passes else 'no'} pass"
    if passes and record.name not in NAMES_ITS_HOLDER:
        yield "wrong_holder", f"{record.name} does not pass custody"
