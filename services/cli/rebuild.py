"""`sanji rebuild`."""

import asyncio
import json
from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from services.cli.databases import Address, opened
from services.cli.refusing import plainly
from services.office import deadline_check, waiting_check
from services.office.case_view import CaseView
from services.office.supervision_view import SupervisionView
from services.runtime import rebuild
from services.runtime.view import View

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


class Name(StrEnum):
    CASES = "cases"
    DEADLINES = "deadlines"
    SUPERVISION = "supervision"
    WAITING = "waiting"


VIEWS: dict[Name, View[Any]] = {Name.CASES: CaseView(), Name.SUPERVISION: SupervisionView()}


def command(
    view: Annotated[Name, typer.Argument(help="Which view.")],
    database: Address,
    check: Annotated[bool, typer.Option("--check", help="Change nothing: compare with a fresh fold.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Build a view anew from the log, beside the old one, which serves meanwhile; or check it. Exit 1: it differs."""
    quiet = as_json or not Console(stderr=True).is_terminal
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with plainly(), Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task(f"{view.value}: reading the log")
        found = asyncio.run(
            _work(database, view, check, lambda rows: progress.update(task, description=f"{view.value}: {rows} rows"))
        )
    if as_json:
        typer.echo(json.dumps({"view": view.value, **found}, ensure_ascii=False))
    elif not check:
        built = "built from the log" if view in VIEWS else "are made anew by the service as it runs"
        typer.echo(f"{view.value}: {found['rows']} rows {built}")
    elif found["bad"]:
        typer.echo("\n".join(f"{view.value} differs from the log: {one}" for one in found["bad"]))
        typer.echo(f"Run `sanji rebuild {view.value}` to build it anew, and tell us: it must never differ.")
    else:
        typer.echo(f"{view.value}: as a fresh fold of the log")
    if found.get("bad"):
        raise typer.Exit(1)


async def _work(database: str, view: Name, check: bool, progress: Callable[[int], None]) -> dict[str, Any]:
    async with opened(database) as pool:
        if check:
            return {"bad": await differences(pool, view)}
        if view is Name.DEADLINES:
            return {"rows": await deadline_check.rebuild(pool)}
        if view is Name.WAITING:
            return {"rows": await waiting_check.rebuild(pool)}
        return {"rows": await rebuild.rebuild(pool, VIEWS[view], progress)}


async def differences(pool: "Pool[Record]", view: Name) -> list[str]:
    """What of the view is not as a fresh fold of the log says."""
    if view is Name.DEADLINES:
        return await deadline_check.differences(pool)
    if view is Name.WAITING:
        return await waiting_check.differences(pool)
    return await rebuild.differences(pool, VIEWS[view])
