"""`sanji keys`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.cli.refusing import Cannot, plainly
from services.runtime.keys import load_unit_keys, make_unit_keys, public_keys
from services.runtime.secret_files import SecretExists


def command(
    units: Annotated[list[str], typer.Argument(help="Unit codes.")],
    folder: Annotated[Path, typer.Option("--into", envvar="SANJI_KEYS", help="Folder for the key files.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make the keys of units and print the public ones, which opening the unit tells to all. Keys that are there stay.

    A lost key file leaves the unit's vault shut for good, and no backup of a database contains it: keep a copy of the
    folder where the databases are not.
    """
    with plainly():
        rows = [
            {"unit": unit, "made": make(folder, unit), **public_keys(load_unit_keys(folder, unit))._asdict()}
            for unit in units
        ]
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "keys": rows}))
        return
    table = Table("unit", "", "sealing key", "anchor key")
    for row in rows:
        table.add_row(row["unit"], "made" if row["made"] else "kept", row["sealing"], row["anchor"])
    Console().print(table)


def make(folder: Path, unit: str) -> bool:
    """Make the keys of `unit` unless it has some; whether they were made now. Raises Cannot for what is no code."""
    try:
        make_unit_keys(folder, unit)
    except SecretExists:
        return False
    except ValueError as error:
        raise Cannot(f"{error}. A unit code has six to twelve digits, as in deploy/data/huainan-units.csv.") from None
    return True
