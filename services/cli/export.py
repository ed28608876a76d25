"""`sanji export`."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Any
from xml.sax.saxutils import quoteattr

import httpx
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from services.cli.refusing import plainly
from services.cli.verify.record import Record, Unreadable, read
from services.cli.verify.sources import Given, Service, SourceFailed

OPEN = ("item", "channel", "step", "outcome", "referral", "to", "purpose")
"""What is told of an event's data: codes and units. Nothing that may be sealed is among them."""
COLUMNS = (
    "case:concept:name", "concept:name", "time:timestamp", "org:group", "org:resource", "lifecycle:transition",
    "sanji:holder", "sanji:term", *(f"sanji:{name}" for name in OPEN),
)  # fmt: skip
XES_BEGIN = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1849-2016" xmlns="http://www.xes-standard.org/">
  <extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/concept.xesext"/>
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <extension name="Organizational" prefix="org" uri="http://www.xes-standard.org/org.xesext"/>
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
"""
Take = Callable[[Given], None]


class Format(StrEnum):
    NDJSON = "ndjson"
    CSV = "csv"
    XES = "xes"


def command(
    service: Annotated[str, typer.Option(help="http://host:port of the service or the portal.")],
    to: Annotated[Path, typer.Option(help="File to write.")],
    token: Annotated[str, typer.Option(envvar="SANJI_TOKEN", help="Bearer token of an operator.")],
    form: Annotated[
        Format, typer.Option("--format", help="ndjson: the exact records, for `sanji verify`.")
    ] = Format.NDJSON,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write all chains of a service to a file: the exact records, or the events of cases for process mining.

    csv and xes say what happened, when, at which unit and by which staff number; nothing sealed is in them, and
    `sanji replay` reads both. In ndjson a line after each chain says where it must end, and the last one that it is the
    end: a cut file is found.
    """
    quiet = as_json or not Console(stderr=True).is_terminal
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with plainly(), Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("chains")
        chains, records = asyncio.run(
            _export(service, token, form, to, lambda n: progress.update(task, description=f"{n} chains"))
        )
    if as_json:
        typer.echo(json.dumps({"file": str(to), "format": form.value, "chains": chains, "records": records}))
    else:
        typer.echo(f"{to}: {chains} chains, {records} records")


async def _export(service: str, token: str, form: Format, to: Path, progress: Callable[[int], None]) -> tuple[int, int]:
    draft = to.with_name(f".{to.name}.draft")
    chains = records = 0
    try:
        with WRITERS[form](draft) as take:
            async for given in _chains(service, token):
                if form is not Format.NDJSON and "/" in given.stream:
                    continue
                take(given)
                chains, records = chains + 1, records + len(given.lines)
                progress(chains)
        draft.replace(to)
    finally:
        draft.unlink(missing_ok=True)
    return chains, records


async def _chains(service: str, token: str) -> AsyncIterator[Given]:
    async with httpx.AsyncClient(timeout=60.0) as client:
        async for given in Service("service", service, token, client).chains():
            yield given


@contextmanager
def _ndjson(file: Path) -> Any:
    with file.open("wb") as out:
        chains = 0

        def take(given: Given) -> None:
            nonlocal chains
            chains += 1
            out.writelines(line + b"\n" for line in given.lines)
            if given.head is not None:
                end = {"stream": given.stream, "seq": given.head.seq, "hash": given.head.hash}
                out.write(json.dumps(end).encode() + b"\n")

        yield take
        out.write(json.dumps({"end": chains}).encode() + b"\n")


@contextmanager
def _csv(file: Path) -> Any:
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.DictWriter(out, COLUMNS, restval="")
        rows.writeheader()
        yield lambda given: rows.writerows(_row(record) for record in _records(given))


@contextmanager
def _xes(file: Path) -> Any:
    with file.open("w", encoding="utf-8") as out:
        out.write(XES_BEGIN)

        def take(given: Given) -> None:
            out.write(f'  <trace>\n    <string key="concept:name" value={quoteattr(given.stream)}/>\n')
            for record in _records(given):
                out.write("    <event>\n")
                _write_attributes(out, _row(record))
                out.write("    </event>\n")
            out.write("  </trace>\n")

        yield take
        out.write("</log>\n")


def _write_attributes(out: IO[str], row: dict[str, str]) -> None:
    for name, value in row.items():
        if not name.startswith("case:"):
            kind = "date" if name == "time:timestamp" else "string"
            out.write(f"      <{kind} key={quoteattr(name)} value={quoteattr(value)}/>\n")


WRITERS: dict[Format, Callable[[Path], AbstractContextManager[Take]]] = {
    Format.NDJSON: _ndjson,
    Format.CSV: _csv,
    Format.XES: _xes,
}


def _records(given: Given) -> list[Record]:
    try:
        return [read(line) for line in given.lines]
    except Unreadable as error:
        raise SourceFailed(f"{given.stream} has a record that cannot be read: {error}. Run `sanji verify`.") from None


def _row(record: Record) -> dict[str, str]:
    """The columns that this event has."""
    told = {f"sanji:{name}": str(record.data[name]) for name in OPEN if record.data.get(name) is not None}
    return {
        "case:concept:name": record.stream,
        "concept:name": record.name,
        "time:timestamp": record.time,
        "org:group": record.unit,
        "org:resource": record.actor,
        "lifecycle:transition": "complete",
        "sanji:holder": record.holder,
        "sanji:term": str(record.term),
        **told,
    }
