"""`sanji account`, as an operator types it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from typer.testing import CliRunner, Result

from services.cli.main import app
from services.office.service import OFFICE_MIGRATIONS
from services.runtime.database import MIGRATIONS, connect, migrate
from services.runtime.keys import make_unit_keys
from tests.office.story import TOWNSHIP


@pytest_asyncio.fixture
async def office(database: str) -> AsyncIterator[str]:
    async with await connect(database, size=1) as pool, pool.acquire() as connection:
        await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS))
    yield database


def run(database: str, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["account", *words, "--database", database], input=typed)


async def told(database: str, *words: str, typed: str | None = None) -> dict[str, Any]:
    result = await asyncio.to_thread(run, database, *words, "--json", typed=typed)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


async def refused(database: str, *words: str, typed: str | None = None) -> str:
    result = await asyncio.to_thread(run, database, *words, typed=typed)
    assert result.exit_code == 2, result.output
    return result.output


async def test_an_account_is_made_listed_disabled_and_enabled(office: str) -> None:
    made = await told(office, "add", "window1", "--unit", TOWNSHIP, "--role", "clerk", "--role", "agent")
    assert len(made.pop("password")) == 24
    assert made == {"name": "window1", "unit": TOWNSHIP, "roles": ["agent", "clerk"]}
    for name, state in (("disable", True), ("enable", False)):
        assert await told(office, name, "window1") == {"name": "window1", "disabled": state}
        (one,) = (await told(office, "list", "--unit", TOWNSHIP))["accounts"]
        assert one["disabled"] is state
        assert one["must_change"] is True
    assert await told(office, "list", "--unit", "340403") == {"unit": "340403", "accounts": []}


async def test_a_password_from_standard_input_is_not_printed(office: str) -> None:
    words = ("add", "window1", "--unit", TOWNSHIP, "--role", "clerk", "--password-file", "-")
    assert "password" not in await told(office, *words, typed="four calm words here\n")
    assert await told(office, "password", "window1", "--password-file", "-", typed="four other words\n") == {
        "name": "window1"
    }
    assert "at least 12" in await refused(office, "password", "window1", "--password-file", "-", typed="short\n")


async def test_what_is_wrong_is_said_with_what_to_do(office: str) -> None:
    add = ("add", "window1", "--unit", TOWNSHIP, "--role")
    assert "clerk" in await refused(office, *add, "king")
    await told(office, *add, "clerk")
    assert "already" in await refused(office, *add, "clerk")
    assert "2 to 40" in await refused(office, "add", "a b", "--unit", TOWNSHIP, "--role", "clerk")
    assert "6 to 12 digits" in await refused(office, "add", "window2", "--unit", "town", "--role", "clerk")
    assert "no code of a body" in await refused(office, *add, "clerk", "--department", "a b")
    for name in ("password", "disable", "enable"):
        assert "sanji account list" in await refused(office, name, "nobody")


async def test_an_authenticator_is_asked_for_and_no_more(office: str, tmp_path: Path) -> None:
    make_unit_keys(tmp_path, TOWNSHIP)
    await told(office, "add", "window1", "--unit", TOWNSHIP, "--role", "clerk")
    said = await told(office, "totp", "window1", "--keys", str(tmp_path))
    assert said["address"].startswith("otpauth://totp/Sanji:window1%40")
    (one,) = (await told(office, "list", "--unit", TOWNSHIP))["accounts"]
    assert one["totp"] is True
    assert await told(office, "totp", "window1", "--keys", str(tmp_path), "--off") == {"name": "window1", "totp": False}
    assert await told(office, "totp", "window1", "--off") == {"name": "window1", "totp": False}
    assert "--keys" in await refused(office, "totp", "window1")
    assert "sanji account list" in await refused(office, "totp", "nobody", "--off")
    assert "sanji keys" in await refused(office, "totp", "window1", "--keys", str(tmp_path / "elsewhere"))


async def test_a_password_file_that_cannot_be_read_is_named(office: str, tmp_path: Path) -> None:
    file = tmp_path / "first"
    words = ("add", "window1", "--unit", TOWNSHIP, "--role", "clerk", "--password-file", str(file))
    assert "cannot be read" in await refused(office, *words)
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in await refused(office, *words)
    file.write_text("")
    assert "at least 12" in await refused(office, *words)
    file.write_text("four calm words here\nand a second line\n")
    assert "password" not in await told(office, *words)
