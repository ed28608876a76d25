"""`sanji deadletters`."""

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.table import Table

from contracts.fields import instant_text
from services.cli.databases import Address, opened
from services.cli.refusing import plainly
from services.portal.tracking_keys import TrackingKeys
from services.runtime.batch import Messages
from services.runtime.dead_letters import DeadLetter, open_letters, retry
from services.runtime.host import PORTAL, Host
from services.runtime.keys import load_unit_keys
from services.runtime.letters import Letters
from services.runtime.replica import Replica
from services.runtime.settings import Settings
from services.runtime.tide import Tide
from services.runtime.vault import Vault

app = typer.Typer(no_args_is_help=True, help="Records that a service could not use: look at them, try them again.")
SHOWN = 200
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


@app.command("list")
def show(
    database: Address,
    after: Annotated[int, typer.Option(min=0, help="Only those past this id.")] = 0,
    as_json: Json = False,
) -> None:
    """List what is not settled, oldest first."""
    with plainly():
        letters = asyncio.run(_open(database, after))
    if as_json:
        typer.echo(json.dumps({"letters": [_described(letter) for letter in letters]}, ensure_ascii=False))
        return
    table = Table("id", "topic", "partition", "offset", "reason", "detail", "since", "tried again")
    for letter in letters:
        table.add_row(*(str(value or "") for value in _described(letter).values()))
    Console().print(table if letters else "No dead letters.")
    if len(letters) == SHOWN:
        typer.echo(f"There may be more: sanji deadletters list --after {letters[-1].id}")


@app.command("retry")
def again(
    ids: Annotated[list[int] | None, typer.Argument(help="Which; without any, all.")] = None, as_json: Json = False
) -> None:
    """Take dead letters again as they came, beside the running service; its settings are read from the environment."""
    with plainly(), _logging_aside():
        well, failed = asyncio.run(_retry(Settings(), ids or None))  # pyright: ignore[reportCallIssue]
    if as_json:
        typer.echo(json.dumps({"settled": well, "dead": failed}))
    else:
        typer.echo(f"{well} taken, {failed} still dead.")
    if failed:
        raise typer.Exit(1)


async def _open(database: str, after: int) -> list[DeadLetter]:
    async with opened(database) as pool:
        return await open_letters(pool, after, SHOWN)


async def _retry(settings: Settings, ids: list[int] | None) -> tuple[int, int]:
    tier = settings.tier or PORTAL
    host = Host(settings.service, tier, settings.hosted, settings.root_unit, settings.topics)
    async with opened(settings.database.get_secret_value()) as pool:
        return await retry(Replica(pool, Tide(), host, _messages(settings)), ids)


@contextmanager
def _logging_aside() -> Iterator[None]:
    """What the replica logs goes to standard error, so that standard output holds the answer alone."""
    before = structlog.get_config()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    try:
        yield
    finally:
        structlog.configure(**before)


def _messages(settings: Settings) -> Messages:
    """What is done with a record that is no event, as in the service itself."""
    if settings.tier is None:
        return TrackingKeys()
    keys = {unit: load_unit_keys(settings.keys, unit) for unit in settings.units}
    return Letters(Vault(keys), keys)


def _described(letter: DeadLetter) -> dict[str, Any]:
    """Neither key nor value: they may hold anything."""
    return {
        "id": letter.id,
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "detail": letter.detail,
        "died": instant_text(letter.died),
        "retried_at": instant_text(letter.retried_at) if letter.retried_at else None,
    }
