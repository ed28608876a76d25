"""Accounts of the units that a service hosts."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from contracts.fields import CODE_PATTERN
from services.office.accounts.passwords import Passwords
from services.runtime.statements import statements
from services.runtime.tokens import ROLES

if TYPE_CHECKING:
    from asyncpg import Record

    from services.runtime.companion import Database

statement = statements(__file__)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,39}")
_UNIT = re.compile(r"[0-9]{6,12}")
_DEPARTMENT = re.compile(CODE_PATTERN)
PAGE = 200


class AccountRefused(Exception):
    """What is wrong with what was asked, as a sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """`name` is the staff number that events carry. `totp`: signing in needs a code too."""

    name: str
    unit: str
    department: str | None
    roles: frozenset[str]
    must_change: bool
    disabled: bool = False
    totp: bool = False


class Accounts:
    """In one service's database."""

    def __init__(self, db: "Database", passwords: Passwords) -> None:
        self._db = db
        self._passwords = passwords

    async def add(self, name: str, unit: str, department: str | None, roles: Collection[str], password: str) -> None:
        """Its password is for the first time only. Raises AccountRefused, PasswordRefused."""
        if not is_name(name):
            raise AccountRefused(
                f"{name!r} is no name of an account: 2 to 40 letters, digits, dots, hyphens and underscores."
            )
        if not _UNIT.fullmatch(unit):
            raise AccountRefused(f"{unit!r} is no code of a unit: 6 to 12 digits, one of those that the service hosts.")
        if department is not None and not _DEPARTMENT.fullmatch(department):
            raise AccountRefused(f"{department!r} is no code of a body. Leave it out for who acts for none.")
        if not roles or set(roles) - ROLES:
            known = ", ".join(sorted(ROLES))
            raise AccountRefused(f"An account has at least one role, and these are known: {known}.")
        encoded = await self._passwords.hashed(password, name)
        made = await self._db.fetchval(statement("account_add"), name, unit, department, sorted(roles), encoded, True)
        if made is None:
            raise AccountRefused(f"There is an account {name} already. Take another name, or change that one.")

    async def set_password(self, name: str, password: str, *, must_change: bool) -> None:
        """Every session of the account ends. Raises AccountRefused, PasswordRefused."""
        encoded = await self._passwords.hashed(password, name)
        self._there(name, await self._db.fetchval(statement("account_password"), name, encoded, must_change))

    async def disable(self, name: str, disabled: bool) -> None:
        """Whoever is signed in with it is signed out. Raises AccountRefused."""
        self._there(name, await self._db.fetchval(statement("account_disable"), name, disabled))

    async def set_totp(self, name: str, sealed: bytes | None) -> None:
        """The authenticator's secret, sealed; None signs in without one. Raises AccountRefused."""
        self._there(name, await self._db.fetchval(statement("account_totp"), name, sealed))

    async def get(self, name: str) -> Account | None:
        row = await self._db.fetchrow(statement("account_get"), name)
        return _account(row, totp=row["totp"] is not None) if row is not None else None

    async def page(self, unit: str, after: str = "") -> list[Account]:
        """Of a unit, by name, PAGE at a time."""
        rows = await self._db.fetch(statement("account_list"), unit, after, PAGE)
        return [_account(row, totp=row["totp"]) for row in rows]

    def _there(self, name: str, found: str | None) -> None:
        if found is None:
            raise AccountRefused(f"There is no account {name} here. `sanji account list` shows those of a unit.")


def is_name(name: str) -> bool:
    """Whether an account may be called that; none is called anything else."""
    return _NAME.fullmatch(name) is not None


def _account(row: "Record", *, totp: bool) -> Account:
    return Account(
        row["name"],
        row["unit"],
        row["department"],
        frozenset(row["roles"]),
        row["must_change"],
        row["disabled"],
        totp,
    )
