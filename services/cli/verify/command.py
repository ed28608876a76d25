"""`sanji verify`."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from services.cli.verify.run import Report, verify
from services.cli.verify.sources import File, Service, Source, SourceFailed

SHOWN = 50
"""Findings that are printed; with --json as many as the report keeps."""


def command(
    file: Annotated[
        list[Path] | None, typer.Option(help="Exported NDJSON; several are compared. No server needed.")
    ] = None,
    service: Annotated[
        list[str] | None, typer.Option(help="name=http://host:port of a service; several are compared.")
    ] = None,
    token: Annotated[str, typer.Option(envvar="SANJI_TOKEN", help="Bearer token of an operator.")] = "",
    at_rest: Annotated[bool, typer.Option(help="Nothing moves any more: a copy that lags is an error.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Check every chain: numbers, hashes, custody, the copies against each other, and the daily anchors."""
    try:
        report = asyncio.run(_verify(file or [], service or [], token, quiet=as_json))
    except SourceFailed as error:
        Console(stderr=True).print(str(error), style="red", markup=False)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        show(report, Console())
    if report.bad or (at_rest and report.lagging):
        raise typer.Exit(1)


async def _verify(files: list[Path], services: list[str], token: str, *, quiet: bool) -> Report:
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    async with httpx.AsyncClient(timeout=60.0) as client:
        sources: list[Source] = [File(path) for path in files]
        for one in services:
            name, equals, base = one.partition("=")
            if not equals:
                raise SourceFailed(f"--service {one}: name=http://host:port is expected")
            sources.append(Service(name, base, token, client))
        if not sources:
            raise SourceFailed("Name what to verify: --file export.ndjson or --service name=http://host:port")
        with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
            task = progress.add_task("chains")

            def heard(report: Report) -> None:
                progress.update(task, description=f"{report.chains} chains, {report.records} records read")

            return await verify(sources, heard)


def show(report: Report, console: Console) -> None:
    """The report for people: what was checked, what is wrong, what lags."""
    console.print(
        f"{report.chains} chains, {report.copies} copies, {report.records} records, {report.anchors} anchors checked; "
        f"{report.chains_bad} chains bad"
    )
    for name, count in sorted(report.lagging.items()):
        console.print(f"{name}: {count} chains lag behind another copy", style="yellow", markup=False)
    for finding in (*report.bad, *report.open)[:SHOWN]:
        place = f"{finding.where} " if finding.where else ""
        text = f"{place}{finding.stream}:{finding.seq} {finding.code}: {finding.detail}"
        console.print(text, style="red", markup=False, soft_wrap=True)
    if (more := len(report.bad) + len(report.open) + report.left_out - SHOWN) > 0:
        console.print(f"and {more} more (--json gives the first of them)")
