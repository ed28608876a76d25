"""`sanji backup`."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from contracts.fields import instant_text
from services.cli import backups
from services.cli.backups import Backup
from services.cli.databases import Address, opened
from services.cli.pgtools import Folder, run, tool
from services.cli.refusing import plainly

ABOUT = "select current_database() as name, i.id, h.pos from incarnation i, log_head h"


def command(
    database: Address,
    into: Annotated[Path, typer.Option(help="Folder of the backups of this service.")],
    pg_bin: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Back up a service's database, while it runs. The vault is inside it, wrapped under the units' keys.

    The units' key files are not inside, and without them nothing sealed can be opened: keep a copy of them elsewhere.
    What the service acknowledges after this backup and publishes, a restored database reads back from Kafka; what was
    acknowledged but not yet published is lost by a restore. Against that there is only a synchronous standby, or
    archived write-ahead log.
    """
    with plainly():
        made = make(database, into, pg_bin)
    if as_json:
        typer.echo(json.dumps(asdict(made)))
    else:
        typer.echo(f"{into / made.dump}: {made.database} up to position {made.position}")
        typer.echo("The units' key files are not in it. Keep a copy of their folder elsewhere.")


def make(database: str, into: Path, pg_bin: Path | None = None) -> Backup:
    """Dump, then note what it is of. Raises Cannot, and what the database raises."""
    program = tool("pg_dump", pg_bin)
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    name, incarnation, position = asyncio.run(_about(database))
    now = datetime.now(UTC)
    made = Backup(f"{name}-{now:%Y%m%dT%H%M%S%fZ}", name, incarnation, position, instant_text(now))
    draft = into / f".{made.dump}"
    try:
        run([program, "--format=custom", "--no-owner", "--no-privileges", f"--file={draft}"], database, "pg_dump")
        draft.chmod(0o600)
        draft.replace(into / made.dump)
    finally:
        draft.unlink(missing_ok=True)
    backups.write(into, made)
    return made


async def _about(database: str) -> tuple[str, str, int]:
    """Name, incarnation and position, read before the dump, which has at least this much."""
    async with opened(database) as pool:
        row = await pool.fetchrow(ABOUT)
        assert row is not None
        return row["name"], row["id"], row["pos"]
