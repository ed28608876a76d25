"""`sanji token`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from contracts.fields import instant_text
from services.cli.refusing import Cannot, plainly
from services.runtime.issuer import issue, load_issuer
from services.runtime.tokens import ROLES, Actor


def command(
    unit: Annotated[str, typer.Option(help="Code of the unit that the person acts for.")],
    subject: Annotated[str, typer.Option(help="Staff number.")],
    roles: Annotated[str, typer.Option(help="Separated by commas: agent, clerk, approver, operator …")],
    issuer: Annotated[Path, typer.Option(envvar="SANJI_ISSUER", help="Folder with the key that signs.")],
    department: Annotated[str | None, typer.Option(help="Code of the person's department.")] = None,
    hours: Annotated[float, typer.Option(min=0.01, max=24 * 366, help="How long it is valid.")] = 8.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Sign a token, with which its bearer acts as this person of this unit. It is printed, and kept nowhere."""
    wanted = frozenset(role.strip() for role in roles.split(",") if role.strip())
    at, lifetime = datetime.now(UTC), timedelta(hours=hours)
    with plainly():
        if unknown := wanted - ROLES:
            raise Cannot(f"No such role: {', '.join(sorted(unknown))}. There are {', '.join(sorted(ROLES))}.")
        signed = issue(load_issuer(issuer), Actor(subject, unit, department, wanted), at=at, lifetime=lifetime)
    typer.echo(json.dumps({"token": signed, "expires": instant_text(at + lifetime)}) if as_json else signed)
