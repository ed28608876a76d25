"""`sanji account`: who may sign in at a service's pages."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli.databases import Address, opened
from services.cli.refusing import Cannot, plainly
from services.office.accounts import passwords, totp
from services.office.accounts.accounts import Account, AccountRefused, Accounts
from services.office.accounts.passwords import PasswordRefused, Passwords
from services.office.accounts.signing_in import sealed_totp
from services.runtime.keys import load_unit_keys

app = typer.Typer(help="Who may sign in at a service's pages.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The staff number, which events carry.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]
PasswordFile = Annotated[
    Path | None, typer.Option("--password-file", help="Its first line is the first password; - for standard input.")
]
REFUSED = {
    "password_short": f"A password has at least {passwords.SHORTEST} characters.",
    "password_long": f"A password has at most {passwords.LONGEST} characters.",
    "password_common": "Everybody guesses that password. Choose another one.",
}


@app.command("add")
def add(
    name: Name,
    database: Address,
    unit: Annotated[str, typer.Option(help="Code of the unit, one of those that the service hosts.")],
    role: Annotated[list[str], typer.Option("--role", help="Once for each role.")],
    department: Annotated[str | None, typer.Option(help="Code of the body, for who acts for one.")] = None,
    password_file: PasswordFile = None,
    as_json: AsJson = False,
) -> None:
    """Make an account. Its password is for the first time only: whoever signs in chooses another one."""

    async def work() -> dict[str, Any]:
        async with _accounts(database) as accounts:
            password = _first(password_file)
            await accounts.add(name, unit, department, role, password)
        return {"name": name, "unit": unit, "roles": sorted(role), **_told(password, password_file)}

    _say(work(), as_json)


@app.command("list")
def list_(
    database: Address,
    unit: Annotated[str, typer.Option(help="Code of the unit.")],
    as_json: AsJson = False,
) -> None:
    """Show the accounts of a unit."""

    async def work() -> list[Account]:
        found: list[Account] = []
        async with _accounts(database) as accounts:
            while page := await accounts.page(unit, found[-1].name if found else ""):
                found += page
        return found

    with plainly():
        found = asyncio.run(work())
    shown = [
        {"name": one.name, "department": one.department, "roles": sorted(one.roles), "disabled": one.disabled,
         "totp": one.totp, "must_change": one.must_change}
        for one in found
    ]  # fmt: skip
    if as_json:
        typer.echo(json.dumps({"unit": unit, "accounts": shown}, ensure_ascii=False))
        return
    for one in found:
        state = "disabled" if one.disabled else "first password not changed yet" if one.must_change else ""
        typer.echo(f"{one.name:20} {one.department or '-':8} {', '.join(sorted(one.roles))}  {state}".rstrip())
    if not found:
        typer.echo(f"No account of unit {unit}. `sanji account add` makes one.")


@app.command("password")
def password(name: Name, database: Address, password_file: PasswordFile = None, as_json: AsJson = False) -> None:
    """Give an account a new first password; all its sessions end."""

    async def work() -> dict[str, Any]:
        async with _accounts(database) as accounts:
            given = _first(password_file)
            await accounts.set_password(name, given, must_change=True)
        return {"name": name, **_told(given, password_file)}

    _say(work(), as_json)


@app.command("disable")
def disable(name: Name, database: Address, as_json: AsJson = False) -> None:
    """Sign whoever uses an account out, and let nobody sign in with it."""
    _say(_disabled(database, name, True), as_json)


@app.command("enable")
def enable(name: Name, database: Address, as_json: AsJson = False) -> None:
    """Let people sign in again with a disabled account, or one that waits after failed tries."""
    _say(_disabled(database, name, False), as_json)


@app.command("totp")
def set_totp(
    name: Name,
    database: Address,
    keys: Annotated[
        Path | None, typer.Option(envvar="SANJI_KEYS", help="Folder with the keys of the account's unit.")
    ] = None,
    off: Annotated[bool, typer.Option("--off", help="Sign in by password alone again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ask for an authenticator's code too, from now on. Prints what the authenticator reads, once."""

    async def work() -> dict[str, Any]:
        async with _accounts(database) as accounts:
            account = await accounts.get(name)
            if account is None:
                raise AccountRefused(f"There is no account {name} here. `sanji account list` shows those of a unit.")
            if off:
                await accounts.set_totp(name, None)
                return {"name": name, "totp": False}
            if keys is None:
                raise Cannot(f"The secret is sealed with the keys of unit {account.unit}: say --keys FOLDER.")
            secret, wrapping = totp.new_secret(), load_unit_keys(keys, account.unit).wrapping
            await accounts.set_totp(name, sealed_totp(secret, wrapping, account.unit, name))
            return {"name": name, "totp": True, "address": totp.address(secret, name, account.unit)}

    _say(work(), as_json)


async def _disabled(database: str, name: str, disabled: bool) -> dict[str, Any]:
    async with _accounts(database) as accounts:
        await accounts.disable(name, disabled)
    return {"name": name, "disabled": disabled}


@asynccontextmanager
async def _accounts(database: str) -> AsyncIterator[Accounts]:
    try:
        async with opened(database) as pool:
            yield Accounts(pool, Passwords())
    except AccountRefused as refused:
        raise Cannot(str(refused)) from None
    except PasswordRefused as refused:
        raise Cannot(REFUSED[refused.code]) from None


def _first(file: Path | None) -> str:
    if file is None:
        return passwords.given()
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
        raise Cannot(f"The password cannot be read from {file}: {why}. Its first line is the password.") from None
    return text.splitlines()[0] if text else ""


def _told(password: str, file: Path | None) -> dict[str, str]:
    """A password is printed once, where it was made here."""
    return {"password": password} if file is None else {}


def _say(work: Any, as_json: bool) -> None:
    with plainly():
        found = asyncio.run(work)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False))
        return
    for name, value in found.items():
        typer.echo(f"{name}: {', '.join(value) if isinstance(value, list) else value}")
