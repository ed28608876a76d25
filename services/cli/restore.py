"""`sanji restore`."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from services.cli import backups
from services.cli.backups import NOTE, Backup
from services.cli.databases import Address, opened
from services.cli.pgtools import Folder, run, tool
from services.cli.refusing import Cannot, plainly
from services.runtime.database import others

EMPTY = "drop owned by current_user cascade;\n"
ANOTHER_LIFE = "update public.incarnation set id = gen_random_uuid()::text;\n"
"""The service must notice even when nothing was published since the backup: case numbers were given out."""
ANOTHER_KAFKA = (
    "Beside another Kafka it needs SANJI_WITNESSES (addresses of the portal and of all other services) and "
    "SANJI_WITNESS_TOKEN (an operator's token, `sanji token`), else an operator's reason in SANJI_RESTORED_OVERRIDE."
)


def command(
    dump: Annotated[Path, typer.Argument(help="The .dump file that `sanji backup` made; its note lies beside it.")],
    database: Address,
    pg_bin: Folder = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Put a backup in the place of a service's database. The service must be stopped, all its processes.

    Every younger backup of the history that is left becomes void and is marked so: it must never be restored. When the
    service starts again it reads back from Kafka what it had said since the backup, and only then writes.
    Beside another Kafka it must hear that from others: set SANJI_WITNESSES to the addresses of the portal and of all
    other services, and SANJI_WITNESS_TOKEN to an operator's token (`sanji token`). Where nobody can tell,
    an operator answers for it with a reason in SANJI_RESTORED_OVERRIDE.
    What was acknowledged but neither published nor in the backup is lost. The units' key files and the marker file in
    the service's state folder are not touched: leave both as they are.
    """
    with plainly():
        restored, voided = restore(dump, database, pg_bin)
    if as_json:
        typer.echo(json.dumps({"restored": restored.file, "voided": [one.file for one in voided]}))
        return
    typer.echo(f"{restored.database} is as it was at {restored.made}, position {restored.position}.")
    for one in voided:
        typer.echo(f"{one.dump} is void from now on.")
    typer.echo("Start the service: it reads back from Kafka what it had said since, and then writes again.")
    typer.echo(ANOTHER_KAFKA)


def restore(dump: Path, database: str, pg_bin: Path | None = None) -> tuple[Backup, list[Backup]]:
    """What was restored, and which backups became void. All or nothing, in one transaction. Raises Cannot."""
    backup, folder = backups.read(dump.with_suffix(NOTE)), dump.parent
    if not dump.exists():
        raise Cannot(f"{dump} is not there.")
    if backup.voided is not None:
        raise Cannot(
            f"{dump} is void since {backup.voided}: {backup.because}. Take an older one, or a younger valid one."
        )
    asyncio.run(_may_be_replaced(database, backup))
    writes, runs = tool("pg_restore", pg_bin), tool("psql", pg_bin)
    # Marked first: if the restore then fails, only backups that may still be valid are refused, and a person can tell.
    voided = backups.void_younger(folder, backup)
    with tempfile.TemporaryDirectory(prefix="sanji-restore-", dir=folder) as temporary:
        script, empty, another = (Path(temporary) / f"{name}.sql" for name in ("restore", "empty", "another"))
        empty.write_text(EMPTY)
        another.write_text(ANOTHER_LIFE)
        run([writes, "--no-owner", "--no-privileges", f"--file={script}", dump], database, "pg_restore")
        files = [f"--file={file}" for file in (empty, script, another)]
        run([runs, "-Xq", "--single-transaction", "--set=ON_ERROR_STOP=1", *files], database, "psql")
    return backup, voided


async def _may_be_replaced(database: str, backup: Backup) -> None:
    async with opened(database) as pool, pool.acquire() as connection:
        name, connections = await others(connection)
        if name != backup.database:
            raise Cannot(f"This is a backup of the database {backup.database}, not of {name}.")
        if connections:
            raise Cannot(
                f"{connections} connections are open to {name}: its service still runs. Stop all its processes first; "
                "two lives of one database at once would contradict each other."
            )
