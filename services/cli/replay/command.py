"""`sanji replay`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli.replay.logs import LogInvalid
from services.cli.replay.mapping import Map, MapInvalid, load
from services.cli.replay.run import Totals, replay
from services.cli.replay.send import NoAnswer, Refused, Services
from services.cli.replay.units import Unit, UnitsLacking
from services.runtime.issuer import Issuer, issue, load_issuer
from services.runtime.keys import KeysDamaged
from services.runtime.secret_files import SecretExposed, SecretMissing
from services.runtime.tokens import Actor

ROLES = frozenset({"clerk", "approver", "catalogue_manager", "unit_administrator", "integrator"})
"""What an importer needs: the acts of clerks, the decision, the map's items, the bodies that are asked, and times of
its own."""
CANNOT = (LogInvalid, MapInvalid, UnitsLacking, Refused, NoAnswer, OSError, SecretMissing, SecretExposed, KeysDamaged)
TOKEN_LIFE = timedelta(hours=24)
SHOWN = 20


def command(
    file: Annotated[Path, typer.Argument(help="Event log, XES or CSV, plain or gzip.")],
    map_file: Annotated[Path, typer.Option("--map", help="TOML: what the log's columns, groups and activities mean.")],
    service: Annotated[
        list[str], typer.Option(help="tier=URL, or the beginning of unit codes=URL; the longest beginning counts.")
    ],
    issuer: Annotated[Path, typer.Option(envvar="SANJI_ISSUER", help="Folder with the key that signs tokens.")],
    city: Annotated[str, typer.Option(help="Code of the city's unit.")] = "340400",
    in_flight: Annotated[int, typer.Option(min=1, help="Cases at once.")] = 200,
    patience: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a silent service.")] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Tell an event log to running services as the work of the three tiers. Repeating it adds nothing."""
    try:
        map = load(map_file)
        services = Services(bases(service), tokens(load_issuer(issuer)))
        totals = uvloop.run(_replay(file, map, services, Unit(city, "city"), in_flight, patience, quiet=as_json))
    except CANNOT as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(asdict(totals), ensure_ascii=False))
    else:
        show(totals, map, Console())
    if totals.failed:
        raise typer.Exit(1)


def bases(services: list[str]) -> Callable[[Unit], str]:
    """Where a unit's service is, from `tier=URL` and `beginning of codes=URL`. Raises MapInvalid."""
    known: dict[str, str] = {}
    for one in services:
        name, equals, url = one.partition("=")
        if not equals:
            raise MapInvalid(f"--service {one}: tier=http://host:port is expected")
        known[name] = url.rstrip("/")

    def base(unit: Unit) -> str:
        fitting = [name for name in known if unit.code.startswith(name)]
        name = max(fitting, key=len, default=unit.tier)
        if name not in known:
            raise NoAnswer(f"no --service for unit {unit.code} of tier {unit.tier}")
        return known[name]

    return base


def tokens(issuer: Issuer, roles: frozenset[str] = ROLES) -> Callable[[Unit, str], str]:
    """A token for a person of a unit, signed once and kept: signing takes longer than an act."""

    @cache
    def token(unit: str, person: str) -> str:
        return issue(issuer, Actor(person, unit, None, roles), at=datetime.now(UTC), lifetime=TOKEN_LIFE)

    return lambda unit, person: token(unit.code, person)


async def _replay(
    file: Path, map: Map, services: Services, city: Unit, in_flight: int, patience: float, *, quiet: bool
) -> Totals:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("cases", total=None)
        return await replay(
            file,
            map,
            services,
            city,
            in_flight=in_flight,
            patience=patience,
            progress=lambda done, cases: progress.update(task, completed=done, total=cases),
        )


def show(totals: Totals, map: Map, console: Console) -> None:
    """Totals and what failed, for people; what must be said of the map stands below them."""
    counted: Mapping[str, object] = asdict(totals)
    for name, value in counted.items():
        if name != "failed":
            console.print(f"{name.replace('_', ' '):>18}  {value}", markup=False)
    for case, reason in totals.failed[:SHOWN]:
        console.print(f"{case}: {reason}", style="red", markup=False, soft_wrap=True)
    if (more := len(totals.failed) - SHOWN) > 0:
        console.print(f"and {more} more cases failed (--json gives all)", style="red")
    if map.note:
        console.print(map.note, style="dim", markup=False, soft_wrap=True)
