"""Event logs, CSV or XES, plain or gzip, as traces: one case with its rows in the order of time."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast
from xml.etree import ElementTree

from services.cli.replay.mapping import Map


class LogInvalid(ValueError):
    """The log cannot be read; says where (line, or trace and event) and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the log. `where` is its place in the file, for people."""

    activity: str
    at: datetime
    where: str
    group: str | None = None
    resource: str | None = None
    lifecycle: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One case. `rows` by time, rows of one instant in the file's order; never empty. `end` None: no end date."""

    case: str
    rows: tuple[Row, ...]
    channel: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    item: str | None = None


def traces(path: Path, map: Map) -> Iterator[Trace]:
    """The cases of a log. A CSV file is held in memory (mapped columns only), of XES one trace at a time.

    CSV cases come in the order of their first rows' times, XES in the file's. Raises LogInvalid.
    """
    try:
        with _opened(path) as file:
            marked_up = file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")
        with _opened(path) as file:
            yield from _xes(file, map) if marked_up else _csv(file, map)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise LogInvalid(f"{path.name}: the gzip file is damaged: {error}") from None


def _opened(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _csv(raw: IO[bytes], map: Map) -> Iterator[Trace]:
    with io.TextIOWrapper(raw, map.encoding, newline="") as text:
        whole = [_trace(case, rows, map) for case, rows in _csv_cases(text, map).items()]
    yield from sorted(whole, key=lambda trace: trace.rows[0].at)


def _csv_cases(text: IO[str], map: Map) -> dict[str, list[tuple[Row, dict[str, str]]]]:
    columns = map.columns
    found: dict[str, list[tuple[Row, dict[str, str]]]] = {}
    reader = csv.DictReader(text, delimiter=map.delimiter, strict=True)
    of_case = tuple(c for c in (columns.channel, columns.start, columns.end, columns.item) if c)
    shared: dict[str, str] = {}
    try:
        lacking = [name for name in columns.named if name not in (reader.fieldnames or ())]
        if lacking:
            raise LogInvalid(
                f"line 1: the header lacks {', '.join(lacking)}; it has {', '.join(reader.fieldnames or ())}"
            )
        for fields in reader:
            where = f"line {reader.line_num}"
            if None in fields or None in fields.values():
                raise LogInvalid(f"{where}: {len(reader.fieldnames or ())} fields expected")
            values = {name: shared.setdefault(fields[name], fields[name]) for name in of_case}
            found.setdefault(_needed(fields, columns.case, where), []).append((_row(fields, map, where), values))
    except csv.Error as error:
        raise LogInvalid(f"line {reader.line_num}: {error}") from None
    except UnicodeDecodeError as error:
        raise LogInvalid(f"after line {reader.line_num}: not {map.encoding}: {error.reason}") from None
    return found


def _xes(raw: IO[bytes], map: Map) -> Iterator[Trace]:
    seen: set[str] = set()
    number = 0
    try:
        # The log is the user's own file; expat refuses entities that grow without bound.
        steps = ElementTree.iterparse(raw, events=("start", "end"))  # noqa: S314
        _, root = next(steps)
        for event, element in steps:
            if event != "end" or _tag(element) != "trace":
                continue
            number += 1
            of_trace = {f"case:{key}": value for key, value in _attributes(element)}
            case = _needed(of_trace, map.columns.case, f"trace {number}")
            if case in seen:
                raise LogInvalid(f"trace {number}: the case {case} was there before")
            seen.add(case)
            rows: list[tuple[Row, dict[str, str]]] = []
            for place, part in enumerate((part for part in element if _tag(part) == "event"), 1):
                fields = of_trace | dict(_attributes(part))
                rows.append((_row(fields, map, f"trace {number} ({case}), event {place}"), of_trace))
            if rows:
                yield _trace(case, rows, map)
            root.clear()  # what was read is let go, so memory holds one trace
    except ElementTree.ParseError as error:
        raise LogInvalid(f"line {error.position[0]}: {error}") from None


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _attributes(element: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for part in element:
        key, value = part.get("key"), part.get("value")
        if key is not None and value is not None:
            yield key, value


def _needed(fields: dict[str, str], column: str, where: str) -> str:
    value = fields.get(column, "").strip()
    if not value:
        raise LogInvalid(f"{where}: {column} is empty")
    return value


def _row(fields: dict[str, str], map: Map, where: str) -> Row:
    columns = map.columns

    def maybe(column: str | None) -> str | None:
        return fields.get(column, "").strip() or None if column else None

    return Row(
        activity=_needed(fields, columns.activity, where),
        at=_instant(_needed(fields, columns.time, where), map, where),
        where=where,
        group=maybe(columns.group),
        resource=maybe(columns.resource),
        lifecycle=maybe(columns.lifecycle),
    )


def _instant(text: str, map: Map, where: str) -> datetime:
    try:
        return map.instant(text)
    except ValueError as error:
        raise LogInvalid(f"{where}: {error}") from None


def _trace(case: str, rows: Iterable[tuple[Row, dict[str, str]]], map: Map) -> Trace:
    """What a column says of the whole case is the first value that a row has; of the end dates the latest."""
    ordered = sorted(rows, key=lambda row: row[0].at)
    columns = map.columns

    def values(column: str | None) -> Iterator[tuple[str, str]]:
        if column is not None:
            for row, of_case in ordered:
                if text := of_case.get(column, "").strip():
                    yield text, row.where

    def first(column: str | None) -> str | None:
        return next((text for text, _ in values(column)), None)

    starts = (_instant(text, map, where) for text, where in dict(values(columns.start)).items())
    ends = (_instant(text, map, where) for text, where in dict(values(columns.end)).items())
    return Trace(
        case=case,
        rows=tuple(row for row, _ in ordered),
        channel=first(columns.channel),
        start=min(starts, default=None),
        end=max(ends, default=None),
        item=first(columns.item),
    )


def activities(found: Iterable[Trace]) -> list[str]:
    """Every activity of a log, once, in the order of first appearance."""
    return list(dict.fromkeys(row.activity for trace in found for row in trace.rows))
