"""Backup and restore, rebuild, dead letters: an operator's commands on a real database."""

import asyncio
import json
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from contracts.case import CaseReceived, StepCompleted
from contracts.fields import Ciphertext
from contracts.reference import UnitOpened
from deploy.local import Stack
from services.cli.main import app
from services.office.service import OFFICE_MIGRATIONS
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.keys import make_unit_keys
from services.runtime.log import Log
from services.runtime.row import Row
from services.runtime.tide import Tide
from tests.runtime.logs import HERE, draft, number, rows, running

RECEIPT = CaseReceived(
    item="birth", item_version=1, channel="window", applicant=Ciphertext("v1." + "A" * 40), materials=()
)
TOLD = [RECEIPT, StepCompleted(step="look", outcome="done")]


def run(*arguments: object, env: dict[str, str] | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output if result.exit_code == 2 else result.stdout


async def begins(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS))
    finally:
        await connection.close()


async def receives(database: str, n: int) -> None:
    await begins(database)
    async with await connect(database, size=2) as pool:
        log = Log(pool, Tide())
        log.open()
        async with running(log):
            await log.append(draft(rows(number(n), TOLD)))


async def asked(database: str, query: str, *arguments: Any) -> Any:
    connection = await asyncpg.connect(database)
    try:
        return await connection.fetchval(query, *arguments)
    finally:
        await connection.close()


def done(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def backups(database: str, tmp_path: Path) -> list[Path]:
    """Three backups of one service, a case received before each."""
    for n in (1, 2, 3):
        done(receives(database, n))
        code, said = run("backup", "--database", database, "--into", tmp_path / "backups", "--json")
        assert (code, json.loads(said)["position"]) == (0, 2 * n)
    return sorted((tmp_path / "backups").glob("*.dump"))


def test_a_restored_database_is_as_it_was_and_every_younger_backup_is_void(database: str, backups: list[Path]) -> None:
    first, second, third = backups
    code, said = run("restore", second, "--database", database, "--json")
    assert (code, json.loads(said)["voided"]) == (0, [third.stem])
    assert done(asked(database, "select pos from log_head")) == 4
    assert done(asked(database, "select count(*) from log")) == 4
    code, said = run("restore", third, "--database", database)
    assert (code, "is void since" in said) == (2, True)
    assert done(asked(database, "select count(*) from log")) == 4
    done(receives(database, 4))
    run("backup", "--database", database, "--into", first.parent)
    code, said = run("restore", first, "--database", database, "--json")
    assert (code, len(json.loads(said)["voided"])) == (0, 2)
    assert done(asked(database, "select count(*) from log")) == 2
    done(receives(database, 2))
    assert done(asked(database, "select pos from log_head")) == 4


def test_a_restore_is_refused_while_the_service_runs(database: str, backups: list[Path]) -> None:
    async def while_connected() -> tuple[int, str]:
        connection = await asyncpg.connect(database)
        try:
            return await asyncio.to_thread(run, "restore", backups[0], "--database", database)
        finally:
            await connection.close()

    code, said = done(while_connected())
    assert (code, "its service still runs" in said.replace("\n", " ")) == (2, True)
    assert "void" not in "".join(path.read_text() for path in backups[0].parent.glob("*.json")).replace(
        '"voided": null', ""
    )


def test_a_backup_of_another_service_is_refused(database: str, backups: list[Path], stack: Stack) -> None:
    other = stack.postgres.create_database("test_other")
    try:
        code, said = run("restore", backups[0], "--database", other)
        assert (code, "This is a backup of the database" in said) == (2, True)
    finally:
        stack.postgres.drop_database("test_other")


def test_a_view_that_differs_from_the_log_is_found_and_built_anew(database: str) -> None:
    done(receives(database, 1))
    assert run("rebuild", "cases", "--database", database)[1] == "cases: 1 rows built from the log\n"
    assert run("rebuild", "cases", "--check", "--database", database)[0] == 0
    done(asked(database, "update cases set steps = 7"))
    code, said = run("rebuild", "cases", "--check", "--database", database, "--json")
    assert (code, json.loads(said)) == (1, {"view": "cases", "bad": [number(1)]})
    assert run("rebuild", "cases", "--database", database)[0] == 0
    assert run("rebuild", "cases", "--check", "--database", database)[1] == "cases: as a fresh fold of the log\n"


async def dies(database: str, offset: int, key: str, value: bytes) -> None:
    await asked(
        database,
        'insert into dead_letter (cluster, topic, partition, "offset", key, value, reason, detail) '
        "values ('c', 'reference.events', 0, $1, $2, $3, 'unreadable', 'no JSON') returning id",
        offset,
        key.encode(),
        value,
    )


def test_dead_letters_are_listed_and_those_that_can_be_read_now_are_taken(database: str, tmp_path: Path) -> None:
    keys = "A" * 43
    opened = UnitOpened(code=HERE, name="站", tier="township", parent="340405", sealing_key=keys, anchor_key=keys)
    row: Row = rows(f"unit/{HERE}", [opened], unit="340400")[0]
    done(begins(database))
    done(dies(database, 1, row.stream, row.value))
    done(dies(database, 2, row.stream, b"{"))
    letters = json.loads(run("deadletters", "list", "--database", database, "--json")[1])["letters"]
    assert [(letter["id"], letter["offset"], letter["reason"]) for letter in letters] == [
        (1, 1, "unreadable"),
        (2, 2, "unreadable"),
    ]
    make_unit_keys(tmp_path, HERE)
    env = {
        "SANJI_SERVICE": "township",
        "SANJI_TIER": "township",
        "SANJI_UNITS": HERE,
        "SANJI_DATABASE": database,
        "SANJI_KAFKA": "127.0.0.1:9",
        "SANJI_KEYS": str(tmp_path),
        "SANJI_ISSUER_KEYS": str(tmp_path / "jwks.json"),
        "SANJI_STATE": str(tmp_path),
    }
    code, said = run("deadletters", "retry", "--json", env=env)
    assert (code, json.loads(said)) == (1, {"settled": 1, "dead": 1})
    assert done(asked(database, "select stream from log")) == row.stream
    (left,) = json.loads(run("deadletters", "list", "--database", database, "--json")[1])["letters"]
    assert (left["id"], left["retried_at"] is not None) == (2, True)


def test_settings_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run("deadletters", "retry", env={"SANJI_SERVICE": "township"})
    assert (code, "SANJI_DATABASE: Field required. Set it in the environment." in said) == (2, True)


def test_a_database_that_is_no_service_s_is_told_plainly(database: str) -> None:
    code, said = run("rebuild", "cases", "--check", "--database", database)
    assert (code, "Is it the database of a service" in said.replace("\n", " ")) == (2, True)
