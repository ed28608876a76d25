"""pg_dump, pg_restore and psql: from the folder named, else those that come with the local stack, else from PATH."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer

from deploy.local.postgres import binaries
from services.cli.refusing import Cannot

Folder = Annotated[Path | None, typer.Option("--pg-bin", help="Folder with pg_dump, pg_restore and psql.")]


def tool(name: str, folder: Path | None) -> str:
    """Path of the program. Raises Cannot."""
    places = [str(folder)] if folder is not None else [str(binaries()), os.environ.get("PATH", os.defpath)]
    for place in places:
        if (found := shutil.which(name, path=place)) is not None:
            return found
    raise Cannot(
        f"{name} is not in {folder or 'PATH'}. Install PostgreSQL's client programs, or name them by --pg-bin."
    )


def environment(address: str) -> dict[str, str]:
    """For PostgreSQL's programs: the database, its password too, out of sight of other users. Raises Cannot."""
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise Cannot("The database is given as postgresql://user:password@host:port/name.")
    said = {
        "PGHOST": parts.hostname,
        "PGPORT": str(parts.port) if parts.port else None,
        "PGUSER": unquote(parts.username) if parts.username else None,
        "PGPASSWORD": unquote(parts.password) if parts.password else None,
        "PGDATABASE": unquote(parts.path.strip("/")),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {name: value for name, value in said.items() if value is not None}


def run(command: Sequence[str | Path], address: str, what: str) -> None:
    """Run one of them on this database. Raises Cannot with its words."""
    done = subprocess.run(
        [str(word) for word in command],
        env=environment(address),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Cannot(f"{what}: {done.stderr.strip() or done.stdout.strip()}")
