"""Guessing at the accounts of an office, many tries at once, and what is left of them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from services.office.accounts import reads, totp
from services.office.accounts.accounts import AccountRefused, Accounts
from services.office.accounts.guesses import FROM_AN_ADDRESS
from services.office.accounts.passwords import Passwords
from services.office.accounts.sessions import Sessions
from services.office.accounts.signing_in import Refused, SignedIn, SigningIn, sealed_totp
from services.office.service import OFFICE_MIGRATIONS
from services.runtime.database import MIGRATIONS, connect, migrate
from tests.office.site import PASSWORD
from tests.office.story import TOWNSHIP

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

WRAPPING = b"w" * 32
WRONG = Refused("sign_in_wrong")


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 2, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def later(self, **by: int) -> None:
        self.at += timedelta(**by)


class Watched(Passwords):
    """Passwords that remember which of them were compared, and with what."""

    def __init__(self) -> None:
        super().__init__()
        self.compared: list[tuple[str | None, str]] = []

    async def fits(self, encoded: str | None, password: str) -> bool:
        self.compared.append((encoded, password))
        return await super().fits(encoded, password)


@dataclass
class Door:
    pool: "Pool[Record]"
    clock: Clock = field(default_factory=Clock)
    passwords: Watched = field(default_factory=Watched)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.pool, self.passwords)
        self.sessions = Sessions(self.pool, timedelta(minutes=30), timedelta(hours=12), self.clock)
        self.signing_in = SigningIn(self.pool, self.passwords, self.sessions, {TOWNSHIP: WRAPPING}, self.clock)

    async def account(self, name: str) -> None:
        await self.accounts.add(name, TOWNSHIP, None, ["clerk"], PASSWORD)

    async def try_(
        self, name: str, password: str = PASSWORD, code: str | None = None, client: str = "10.0.0.1"
    ) -> SignedIn | Refused:
        return await self.signing_in.sign_in(name, password, code, client)

    async def failures(self) -> int:
        return await self.pool.fetchval("select count(*) from sign_in_failure")


@pytest_asyncio.fixture
async def door(database: str) -> AsyncIterator[Door]:
    async with await connect(database, size=8) as pool:
        async with pool.acquire() as connection:
            await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS))
        yield Door(pool)


async def test_guesses_of_the_same_instant_count_each_other(door: Door) -> None:
    await door.account("window1")
    found = await asyncio.gather(*(door.try_("window1", "guess", client=f"10.0.0.{at}") for at in range(20)))
    assert found.count(WRONG) == 5
    assert len(door.passwords.compared) == 5


async def test_guesses_of_the_same_instant_from_one_address_count_each_other(door: Door) -> None:
    found = await asyncio.gather(*(door.try_(f"guess{at}", "guess") for at in range(2 * FROM_AN_ADDRESS)))
    assert found.count(WRONG) <= FROM_AN_ADDRESS
    assert len(door.passwords.compared) <= FROM_AN_ADDRESS


async def test_whoever_has_an_account_does_not_guess_at_others_more_often(door: Door) -> None:
    await door.account("window1")
    for tried in range(FROM_AN_ADDRESS - 1):
        await door.try_(f"guess{tried}", "guess")
    assert isinstance(await door.try_("window1"), SignedIn)
    assert await door.try_("guess", "guess") == WRONG
    assert await door.try_("guess", "guess") == Refused("sign_in_wait", 600)


async def test_a_household_of_addresses_is_one_address(door: Door) -> None:
    for tried in range(FROM_AN_ADDRESS):
        await door.try_("guess", "guess", client=f"2001:db8::{tried:x}")
    assert await door.try_("guess", "guess", client="2001:db8::ffff:1") == Refused("sign_in_wait", 600)
    assert await door.try_("guess", "guess", client="2001:db8:0:1::1") == WRONG


async def test_of_an_address_that_never_comes_again_nothing_stays(door: Door) -> None:
    await door.try_("guess", "guess", client="10.0.0.1")
    assert await door.failures() == 1
    door.clock.later(minutes=10)
    await door.try_("guess", "guess", client="10.0.0.2")
    assert await door.failures() == 1


async def test_a_sign_in_that_succeeds_or_has_to_wait_leaves_no_failure(door: Door) -> None:
    await door.account("window1")
    assert isinstance(await door.try_("window1"), SignedIn)
    assert await door.failures() == 0
    for _ in range(5):
        await door.try_("window1", "guess")
    assert await door.try_("window1") == Refused("sign_in_wait", 1)
    assert await door.failures() == 5


async def test_whoever_knows_the_password_guesses_no_more_codes_than_anybody(door: Door) -> None:
    await door.account("window1")
    await door.accounts.set_totp("window1", sealed_totp(totp.new_secret(), WRAPPING, TOWNSHIP, "window1"))
    for _ in range(5):
        assert await door.try_("window1") == Refused("totp_needed")
        assert await door.try_("window1", code="none") == WRONG
    assert await door.try_("window1", code="none") == Refused("sign_in_wait", 1)
    door.clock.later(seconds=1)
    assert await door.try_("window1") == Refused("totp_needed")
    assert await door.try_("window1", code="none") == WRONG
    assert await door.try_("window1", code="none") == Refused("sign_in_wait", 2)


async def test_a_password_that_changes_during_a_sign_in_opens_nothing_any_more(door: Door) -> None:
    await door.account("window1")
    new = "five other words are here"
    before = door.passwords.fits

    async def changed_meanwhile(encoded: str | None, password: str) -> bool:
        found = await before(encoded, password)
        await door.accounts.set_password("window1", new, must_change=False)
        return found

    door.passwords.fits = changed_meanwhile  # type: ignore[method-assign]
    assert await door.try_("window1") == WRONG
    door.passwords.fits = before  # type: ignore[method-assign]
    assert isinstance(await door.try_("window1", new), SignedIn)


async def test_asking_for_the_present_password_counts_as_signing_in_does(door: Door) -> None:
    await door.account("window1")
    assert await door.signing_in.knows("window1", PASSWORD)
    found = await asyncio.gather(*(door.signing_in.knows("window1", "guess") for _ in range(20)))
    assert not any(found)
    assert len(door.passwords.compared) == 1 + 5
    assert not await door.signing_in.knows("window1", PASSWORD), "it waits"
    assert await door.failures() == 0


async def test_an_unknown_name_is_compared_with_nobodys_password(door: Door) -> None:
    for name in ("nobody", "a\0b", "", "x" * 60):
        assert await door.try_(name) == WRONG
    assert door.passwords.compared == [(None, PASSWORD)] * 4


async def test_every_sign_in_is_logged_without_password_and_with_known_names_only(door: Door) -> None:
    await door.account("window1")
    await door.account("window2")
    await door.accounts.set_totp("window2", sealed_totp(totp.new_secret(), WRAPPING, TOWNSHIP, "window2"))
    with capture_logs() as logged:
        await door.try_("window1")
        await door.try_("window2")
        await door.try_(PASSWORD, "nobody's")
        for _ in range(6):
            await door.try_("window1", "guess")
    assert [(line["event"], line.get("account")) for line in logged] == [
        ("signed_in", "window1"),
        ("sign_in_code_asked", "window2"),
        ("sign_in_failed", None),
        *[("sign_in_failed", "window1")] * 5,
        ("sign_in_waits", "window1"),
    ]
    assert not any(PASSWORD in str(line) or "guess" in str(line) or "nobody" in str(line) for line in logged)


@pytest.mark.parametrize(
    ("unit", "department"), [("nowhere", None), ("", None), (TOWNSHIP, "no such code"), (TOWNSHIP, "")]
)
async def test_an_account_of_what_is_no_unit_or_body_is_not_made(door: Door, unit: str, department: str | None) -> None:
    with pytest.raises(AccountRefused):
        await door.accounts.add("window1", unit, department, ["clerk"], PASSWORD)
    assert await door.accounts.get("window1") is None


async def test_reads_of_sealed_texts_are_listed_for_the_unit_newest_first(door: Door) -> None:
    for at in range(reads.PAGE + 3):
        await reads.note(door.pool, "window1", TOWNSHIP, f"{TOWNSHIP}-20260302-{at:04}", "work", ["CaseReceived"])
    await reads.note(door.pool, "window9", "340403", "340403-20260302-0001", "work", [])
    first = await reads.page(door.pool, TOWNSHIP)
    assert len(first) == reads.PAGE + 1
    assert first[0].number.endswith(f"{reads.PAGE + 2:04}")
    rest = await reads.page(door.pool, TOWNSHIP, first[reads.PAGE - 1].id)
    assert [one.number[-4:] for one in rest] == ["0002", "0001", "0000"]
