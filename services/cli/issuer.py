"""`sanji issuer`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from services.cli.refusing import plainly
from services.runtime.issuer import PUBLIC_FILE, load_issuer, make_issuer
from services.runtime.secret_files import SecretExists


def command(
    folder: Annotated[Path, typer.Option("--into", envvar="SANJI_ISSUER", help="Folder for the key that signs.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make the key that signs tokens, and beside it the public file that services read. One that is there stays."""
    with plainly():
        made = make(folder)
        kid = load_issuer(folder).kid
    public = folder / PUBLIC_FILE
    if as_json:
        typer.echo(json.dumps({"kid": kid, "made": made, "public": str(public)}))
    else:
        typer.echo(f"{'Made' if made else 'Kept'} {kid}. Services check with SANJI_ISSUER_KEYS={public}")


def make(folder: Path) -> bool:
    """Make an issuer in `folder` unless there is one; whether it was made now."""
    try:
        make_issuer(folder)
    except SecretExists:
        return False
    return True
