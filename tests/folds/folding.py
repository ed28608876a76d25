"""Recorded histories, and what the code makes of them.

`recorded.ndjson.gz`: one stream a line, the demonstration's as a portal exported them; of each event what a fold reads,
the hash where a later event names it. `folded.ndjson.gz`: one case a line, every field of the fold under the code that
was accepted last. `changes.toml`: what differs since then on purpose, and why.
"""

import gzip
import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, cast

from contracts.case import CaseEvent
from contracts.catalogue import event_of
from services.casework.book import Book
from services.casework.case import Case
from services.casework.describe import describe
from services.casework.fold import evolve
from services.casework.limits import limits
from services.runtime.fold import Stamp

HERE = Path(__file__).parent
RECORDED, FOLDED, CHANGES = HERE / "recorded.ndjson.gz", HERE / "folded.ndjson.gz", HERE / "changes.toml"
KINDS = ("unit", "item", "calendar", "department")
"""Reference streams that a fold of a case stands on; their records come before the cases."""
LIMIT = ("start_day", "days", "last_day", "used", "left", "light", "charged", "stopped", "provisional")

Fields = dict[str, Any]
"""By name, `limits.<clock>.<about>.<n>.<what>` among them: JSON values."""


class Change(NamedTuple):
    """`field` is a pattern; `cases` how many histories differ by it."""

    field: str
    cases: int
    why: str


def folds(streams: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Fields]]:
    """Each case, with every field of its fold at its last event."""
    book = Book()
    for found in streams:
        stream, events = found["stream"], found["events"]
        if "/" in stream:
            for one in events:
                book = book.evolve(stream, event_of(one["type"], one["data"]))
            continue
        case: Case | None = None
        for seq, one in enumerate(events, 1):
            hash_ = bytes.fromhex(one["hash"]) if "hash" in one else sha256(f"{stream}:{seq}".encode()).digest()
            time = datetime.fromisoformat(one["time"])
            stamp = Stamp(stream, one["unit"], one["actor"], time, hash_, one["epoch"])
            case = evolve(case, cast("CaseEvent", event_of(one["type"], one["data"])), stamp)
        assert case is not None
        yield stream, json.loads(json.dumps(_fields(case, book), default=str))


def _fields(case: Case, book: Book) -> Fields:
    said: Fields = dict(describe(case))
    seen: Counter[str] = Counter()
    for limit in limits(case.times, book, case.last_time):
        name = f"limits.{limit.clock}.{limit.about or '-'}"
        seen[name] += 1
        said |= {f"{name}.{seen[name]}.{what}": getattr(limit, what) for what in LIMIT}
    return said


def differences(before: Mapping[str, Fields], now: Mapping[str, Fields]) -> dict[str, list[str]]:
    """By field, the cases in which it is not what it was, or is new or gone."""
    found: dict[str, list[str]] = {}
    for number in before.keys() | now.keys():
        was, is_ = before.get(number, {}), now.get(number, {})
        for field in was.keys() | is_.keys():
            if (field in was) != (field in is_) or was.get(field) != is_.get(field):
                found.setdefault(field, []).append(number)
    return {field: sorted(found[field]) for field in sorted(found)}


def unexplained(found: Mapping[str, list[str]], changes: Iterable[Change]) -> list[str]:
    """What no change of the list explains, and what the list says that is not so."""
    listed = list(changes)
    wrong = [
        f"{field}: {len(numbers)} cases, {numbers[0]} the first"
        for field, numbers in found.items()
        if not any(fnmatchcase(field, change.field) for change in listed)
    ]
    for change in listed:
        cases = {n for field, numbers in found.items() if fnmatchcase(field, change.field) for n in numbers}
        if len(cases) != change.cases:
            wrong.append(f"{change.field} differs in {len(cases)} cases; the change list says {change.cases}")
    return wrong


def changes() -> list[Change]:
    """The change list."""
    given = tomllib.loads(CHANGES.read_text(encoding="utf-8"))
    return [Change(one["field"], one["cases"], one["why"]) for one in given.get("change", [])]


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


def write(path: Path, found: Iterable[Mapping[str, Any]]) -> None:
    """The same content gives the same bytes."""
    text = "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n" for one in found)
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


def accepted() -> dict[str, Fields]:
    """What the code made of each case when it was accepted last."""
    return {one.pop("case"): one for one in lines(FOLDED)}


def recorded(exported: Path) -> list[dict[str, Any]]:
    """What a fold needs of an export of a portal (`sanji export`), the reference streams first; of the cases those of
    the log in deploy/data, whose attribution stands there."""
    streams: dict[str, list[dict[str, Any]]] = {}
    named: set[str] = set()
    for line in exported.open("rb"):
        record = json.loads(line)
        if "specversion" not in record:
            continue
        stream = record["subject"]
        kind = stream.partition("/")[0] if "/" in stream else "case"
        if kind not in (*KINDS, "case"):
            continue
        said = {
            "type": record["type"],
            "unit": record["source"],
            "actor": record["actor"],
            "time": record["time"],
            "epoch": record["epoch"],
            "data": record["data"],
        }
        streams.setdefault(stream, []).append(said | {"hash": sha256(line.rstrip(b"\n")).hexdigest()})
        if "handover" in record["data"]:
            named.add(record["data"]["handover"])
    for events in streams.values():
        for one in events:
            if one["hash"] not in named:
                del one["hash"]
    order = {kind: at for at, kind in enumerate(KINDS)}
    for name in [name for name, (first, *_) in streams.items() if "/" not in name and not first["data"]["imported"]]:
        del streams[name]
    names = sorted(streams, key=lambda name: (order.get(name.partition("/")[0], len(KINDS)), name))
    return [{"stream": name, "events": streams[name]} for name in names]
