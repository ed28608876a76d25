"""`sanji move`."""

import asyncio
import json
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.refusing import Cannot, plainly
from services.office.service import OFFICE_MIGRATIONS
from services.runtime.database import MIGRATIONS, NewerDatabase
from services.runtime.moving import CannotMove, Moved, move


def command(
    units: Annotated[list[str], typer.Argument(help="Codes of the units that move.")],
    source: Annotated[str, typer.Option("--from", help="postgresql:// of the service that they leave.")],
    target: Annotated[str, typer.Option("--to", help="postgresql:// of the service to which they move; may be empty.")],
    service: Annotated[str, typer.Option(help="Name of that service (its SANJI_SERVICE).")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Move units to another service of the same tier, with all that they ever did. Both services must be stopped.

    No act is lost and none is done twice: the service that they leave never starts in their names again, and the other
    one reads back from Kafka what they had said before it writes. Cut off in the middle, the same command goes on.
    Afterwards: take the units out of SANJI_UNITS where they were and start that service; copy their key files to the
    folder of the other, name them in its SANJI_UNITS and start it. Subscribers to webhooks subscribe there anew.
    """
    with plainly():
        moved = asyncio.run(_move(units, source, target, service, quiet=as_json))
    if as_json:
        said = {"units": list(moved.units), "from": moved.left, "to": moved.service, "secrets": moved.secrets}
        typer.echo(json.dumps(said))
        return
    names = ", ".join(moved.units)
    typer.echo(f"{names} moved from {moved.left} to {moved.service}, with {moved.secrets} rows of the vault.")
    typer.echo(f"Take {names} out of SANJI_UNITS of {moved.left} and start it.")
    typer.echo(
        f"Copy the key files of {names} to the folder that SANJI_KEYS names for {moved.service}, name the units in its "
        "SANJI_UNITS and start it: it reads back from Kafka what they had said, and then writes."
    )


async def _move(units: list[str], source: str, target: str, service: str, *, quiet: bool) -> Moved:
    columns = (TextColumn("vault"), BarColumn(), MofNCompleteColumn())
    if source == target:
        raise Cannot("--from and --to are one database. Name that of the service to which the units move.")
    there = await asyncpg.connect(source)
    try:
        here = await asyncpg.connect(target)
        try:
            with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
                task = progress.add_task("vault", total=None)

                def say(taken: int, of: int) -> None:
                    progress.update(task, completed=taken, total=of)

                return await move(
                    there, here, list(dict.fromkeys(units)), service, (MIGRATIONS, OFFICE_MIGRATIONS), say
                )
        except (CannotMove, NewerDatabase) as error:
            raise Cannot(str(error)) from error
        finally:
            await here.close()
    finally:
        await there.close()
