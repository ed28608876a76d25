"""`sanji load`."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.cli.load.board import Board
from services.cli.load.connection import NotDone, Office
from services.cli.load.life import Load, Offices, load
from services.cli.refusing import Cannot, plainly
from services.cli.replay.command import TOKEN_LIFE, bases
from services.cli.replay.units import Unit
from services.runtime.issuer import Issuer, issue, load_issuer
from services.runtime.tokens import Actor

ROLES = frozenset({"clerk", "approver"})
LEFT = 1
"""Exit code when not everything came to the board in time."""


def command(
    service: Annotated[list[str], typer.Option(help="tier=URL, or the beginning of unit codes=URL.")],
    portal: Annotated[str, typer.Option(help="URL of the portal, on whose board each act is looked for.")],
    issuer: Annotated[Path, typer.Option(envvar="SANJI_ISSUER", help="Folder with the key that signs tokens.")],
    township: Annotated[str, typer.Option(help="Code of the unit that receives.")],
    district: Annotated[str, typer.Option(help="Code of the unit to which it refers.")],
    item: Annotated[str, typer.Option(help="Item that the township may receive and the city decide.")],
    city: Annotated[str, typer.Option(help="Code of the city's unit.")] = "340400",
    rate: Annotated[list[float] | None, typer.Option(min=0.01, max=10_000, help="Cases a second; repeat it.")] = None,
    seconds: Annotated[float, typer.Option(min=1, max=86_400, help="How long each rate lasts.")] = 30.0,
    really: Annotated[bool, typer.Option("--really", help="The cases stay in the system: not for a live one.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON list.")] = False,
) -> None:
    """Let made-up cases go from township to district to city and back, at one rate after another, and tell how long an
    act takes and how long until the board shows it.

    Eleven acts a case. They are cases like any other and stay: load a system that serves nobody yet.
    """
    with plainly(), _refused_plainly():
        if not really:
            raise Cannot("The cases stay in the system's history for good. If it serves nobody yet, say --really.")
        known, signs = bases(service), load_issuer(issuer)
        receives, forwards, decides = (
            Office(unit.code, known(unit), _token(signs, unit))
            for unit in (Unit(township, "township"), Unit(district, "district"), Unit(city, "city"))
        )
        offices = Offices(receives, forwards, decides, item)
        found = uvloop.run(_all(offices, portal.rstrip("/"), rate or [1.0, 2.0, 4.0, 8.0], seconds, quiet=as_json))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
    else:
        Console().print(table(found))
    if any(one.left for one in found):
        raise typer.Exit(LEFT)


async def _all(offices: Offices, portal: str, rates: Sequence[float], seconds: float, *, quiet: bool) -> list[Load]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed} cases"),
        TimeRemainingColumn(),
    )
    found: list[Load] = []
    async with Board(portal).listening() as board:
        with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
            for rate in rates:
                task = progress.add_task(f"{rate:g} cases a second", total=rate * seconds)
                found.append(
                    await load(offices, board, rate, seconds, lambda n, task=task: progress.update(task, completed=n))
                )
                board.seen.clear()
                if found[-1].left:
                    break
    offices.close()
    return found


def table(found: Sequence[Load]) -> Table:
    """Of people; milliseconds."""
    shown = Table(title="Township, district, city and back; milliseconds")
    for column in ("cases/s", "cases", "acts", "act p50", "p90", "p99", "to the board p50", "p90", "p99", "not shown"):
        shown.add_column(column, justify="right")
    for one in found:
        times = (f"{part.get(p, float('nan')):.1f}" for part in (one.waits, one.ways) for p in ("p50", "p90", "p99"))
        shown.add_row(f"{one.rate:g}", f"{one.cases}", f"{one.acts}", *times, f"{one.left}")
    return shown


def _token(issuer: Issuer, unit: Unit) -> str:
    return issue(issuer, Actor("load", unit.code, None, ROLES), at=datetime.now(UTC), lifetime=TOKEN_LIFE)


@contextmanager
def _refused_plainly() -> Iterator[None]:
    try:
        yield
    except NotDone as error:
        raise Cannot(f"{error}. The cases that were begun stay as they are.") from None
