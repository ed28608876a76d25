"""Who signs in at an office's pages, and who does not."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from services.office.accounts import totp
from services.office.accounts.guesses import FROM_AN_ADDRESS
from services.office.accounts.passwords import PasswordRefused, Passwords, chosen, given
from services.office.accounts.sessions import Sessions
from services.office.accounts.signing_in import Refused, SignedIn, SigningIn, sealed_totp
from tests.lawclock.office import office
from tests.office.site import PASSWORD, Pages, csrf, pages, sign_in
from tests.office.story import TOWNSHIP

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


class Clock:
    at = NOON

    def __call__(self) -> datetime:
        return self.at

    def later(self, **by: int) -> None:
        self.at += timedelta(**by)


@pytest_asyncio.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Pages]:
    async with office(database, tmp_path, "2026-03-02 10:00") as here, pages(here, tmp_path) as found:
        yield found


def door(site: Pages, clock: Clock) -> tuple[SigningIn, Sessions]:
    pool = site.here.log.pool
    sessions = Sessions(pool, timedelta(minutes=30), timedelta(hours=12), clock)
    return SigningIn(pool, Passwords(), sessions, {TOWNSHIP: site.wrapping}, clock), sessions


async def test_a_clerk_signs_in_sees_the_cases_and_signs_out(site: Pages) -> None:
    await site.account("window1", "clerk")
    async with site.browser() as browser:
        away = await browser.get("/work?list=mine")
        assert away.headers["location"] == "/sign-in?to=%2Fwork%3Flist%3Dmine"
        answer = await browser.post(
            "/sign-in", data={"name": "window1", "password": PASSWORD, "to": "/work?list=mine"}
        )  # fmt: skip
        assert (answer.status_code, answer.headers["location"]) == (303, "/work?list=mine")
        cookie = answer.headers["set-cookie"]
        assert all(word in cookie for word in ("HttpOnly", "SameSite=lax", "Path=/"))
        page = await browser.get("/work")
        assert page.status_code == 200
        assert "window1" in page.text
        secret = browser.cookies["sanji-test"]
        out = await browser.post("/sign-out", data={"csrf": csrf(page)})
        assert out.headers["location"] == "/sign-in"
        browser.cookies.set("sanji-test", secret)
        assert (await browser.get("/work")).status_code == 303, "a session that was kept opens nothing any more"


@pytest.mark.parametrize("said", ["//evil.test", "https://evil.test/", "/\\evil.test", "work", "/a\nb"])
async def test_signing_in_leads_to_no_other_site(site: Pages, said: str) -> None:
    await site.account("window1", "clerk")
    async with site.browser() as browser:
        answer = await browser.post("/sign-in", data={"name": "window1", "password": PASSWORD, "to": said})
        assert answer.headers["location"] == "/"


async def test_what_was_wrong_is_never_told(site: Pages) -> None:
    await site.account("window1", "clerk")
    await site.account("gone", "clerk")
    await site.accounts.disable("gone", True)
    async with site.browser() as browser:
        answers = [
            await sign_in(browser, "window1", "not the password"),
            await sign_in(browser, "nobody", PASSWORD),
            await sign_in(browser, "gone", PASSWORD),
        ]
    assert [answer.status_code for answer in answers] == [403] * 3
    told = {answer.text.replace("nobody", "").replace("window1", "").replace("gone", "") for answer in answers}
    assert len(told) == 1


async def test_whoever_guesses_waits_longer_each_time_and_the_owner_at_most_a_quarter_of_an_hour(site: Pages) -> None:
    await site.account("window1", "clerk")
    clock = Clock()
    signing_in, _ = door(site, clock)
    waits: list[int] = []
    for tried in range(16):
        found = await signing_in.sign_in("window1", "guess", None, f"10.0.0.{tried}")
        assert found == Refused("sign_in_wrong")
        found = await signing_in.sign_in("window1", PASSWORD, None, "10.1.0.1")
        if isinstance(found, SignedIn):
            assert tried < 4
            await site.here.log.pool.execute("update account set failures = $1", tried + 1)
            continue
        assert found.code == "sign_in_wait"
        waits.append(found.seconds)
        clock.later(seconds=found.seconds)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    assert isinstance(await signing_in.sign_in("window1", PASSWORD, None, "10.1.0.1"), SignedIn)
    assert await signing_in.sign_in("window1", "guess", None, "10.1.0.1") == Refused("sign_in_wrong")
    assert isinstance(await signing_in.sign_in("window1", PASSWORD, None, "10.1.0.1"), SignedIn), "counted from none"


async def test_an_address_that_guesses_at_many_accounts_waits_and_no_other_does(site: Pages) -> None:
    await site.account("window1", "clerk")
    clock = Clock()
    signing_in, _ = door(site, clock)
    for tried in range(FROM_AN_ADDRESS):
        assert await signing_in.sign_in(f"guess{tried}", "guess", None, "10.0.0.1") == Refused("sign_in_wrong")
    assert await signing_in.sign_in("window1", PASSWORD, None, "10.0.0.1") == Refused("sign_in_wait", 600)
    assert isinstance(await signing_in.sign_in("window1", PASSWORD, None, "10.0.0.2"), SignedIn)
    clock.later(minutes=10)
    assert isinstance(await signing_in.sign_in("window1", PASSWORD, None, "10.0.0.1"), SignedIn)


async def test_an_authenticators_code_opens_once(site: Pages) -> None:
    await site.account("window1", "clerk")
    secret = totp.new_secret()
    await site.accounts.set_totp("window1", sealed_totp(secret, site.wrapping, TOWNSHIP, "window1"))
    clock = Clock()
    signing_in, _ = door(site, clock)

    def code(at: datetime) -> str:
        found = totp.HOTP(secret, 6, totp.SHA1()).generate(int(at.timestamp()) // 30)
        return found.decode()

    assert await signing_in.sign_in("window1", PASSWORD, None, "a") == Refused("totp_needed")
    assert await signing_in.sign_in("window1", "wrong", code(clock.at), "a") == Refused("sign_in_wrong")
    assert isinstance(await signing_in.sign_in("window1", PASSWORD, code(clock.at), "a"), SignedIn)
    assert await signing_in.sign_in("window1", PASSWORD, code(clock.at), "a") == Refused("sign_in_wrong")
    clock.later(seconds=60)
    assert isinstance(
        await signing_in.sign_in("window1", PASSWORD, code(clock.at + timedelta(seconds=30)), "a"), SignedIn
    )
    assert await signing_in.sign_in("window1", PASSWORD, code(clock.at), "a") == Refused("sign_in_wrong")
    clock.later(seconds=90)
    old = code(clock.at - timedelta(seconds=60))
    assert await signing_in.sign_in("window1", PASSWORD, old, "a") == Refused("sign_in_wrong")


async def test_a_session_ends_when_nobody_uses_it_and_after_a_day_of_work(site: Pages) -> None:
    await site.account("window1", "clerk")
    clock = Clock()
    _, sessions = door(site, clock)
    unused, used = await sessions.open("window1"), await sessions.open("window1")
    for _ in range(24):
        clock.later(minutes=29)
        assert await sessions.find(used) is not None
    assert await sessions.find(unused) is None
    clock.later(minutes=25)
    assert await sessions.find(used) is None
    assert await sessions.find("x" * 43) is None
    assert await sessions.find("") is None


async def test_every_sign_in_has_a_session_of_its_own_and_a_disabled_account_none(site: Pages) -> None:
    await site.account("window1", "clerk")
    async with site.browser() as browser:
        browser.cookies.set("sanji-test", "f" * 43, domain="office.test")
        first = await sign_in(browser, "window1")
        second = await sign_in(browser, "window1")
        given = {answer.headers["set-cookie"].partition(";")[0] for answer in (first, second)}
        assert len(given) == 2
        assert not any("f" * 43 in cookie for cookie in given)
        assert (await browser.get("/work")).status_code == 200
        await site.accounts.disable("window1", True)
        assert (await browser.get("/work")).status_code == 303


async def test_a_password_that_was_given_is_changed_first_and_all_other_sessions_end(site: Pages) -> None:
    first = given()
    await site.accounts.add("window1", TOWNSHIP, None, ["clerk"], first)
    async with site.browser() as other, site.browser() as browser:
        await sign_in(other, "window1", first)
        await sign_in(browser, "window1", first)
        assert (await browser.get("/work")).headers["location"] == "/password"
        form = {"csrf": csrf(await browser.get("/password")), "old": first, "new": PASSWORD, "again": PASSWORD}
        for differs, says in (
            ({"again": "another one altogether"}, "两次输入"),
            ({"old": "wrong"}, "当前密码"),
            ({"new": "short", "again": "short"}, "12"),
            ({"new": first, "again": first}, "不同"),
        ):
            answer = await browser.post("/password", data=form | differs)
            assert answer.status_code == 422
            assert says in answer.text
        assert (await browser.post("/password", data=form)).headers["location"] == "/"
        assert (await browser.get("/work")).status_code == 200
        assert (await other.get("/password")).status_code == 303
    async with site.browser() as browser:
        assert (await sign_in(browser, "window1", first)).status_code == 403


async def test_a_form_of_another_site_or_of_an_earlier_sign_in_does_nothing(site: Pages) -> None:
    await site.account("window1", "clerk")
    async with site.signed_in("window1") as browser:
        page = await browser.get("/work")
        token = csrf(page)
        refused: list[httpx.Response] = [
            await browser.post("/sign-out", data={"csrf": ""}),
            await browser.post("/sign-out", data={"csrf": "x" * 32}),
            await browser.post("/sign-out", data={"csrf": token}, headers={"Origin": "https://evil.test"}),
            await browser.post("/sign-out", data={"csrf": token}, headers={"Origin": "null"}),
            await browser.post("/sign-out", data={"csrf": token}, headers={"Sec-Fetch-Site": "cross-site"}),
            await browser.post("/sign-out", data={"csrf": token}, headers={"Sec-Fetch-Site": "same-site"}),
        ]
        assert [answer.status_code for answer in refused] == [403] * 6
        assert (await browser.get("/work")).status_code == 200


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("short", "password_short"),
        ("x" * 129, "password_long"),
        ("PasswordPassword", "password_common"),
        ("aaaaaaaaaaaaaaaa", "password_common"),
        ("window1-2026-01", "password_common"),
    ],
)
def test_a_password_that_everybody_guesses_is_refused(said: str, code: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        chosen(said, "window1")
    assert refused.value.code == code
    assert chosen(given(), "window1")


async def test_an_unknown_name_takes_the_same_work_as_a_wrong_password() -> None:
    passwords = Passwords()
    encoded = await passwords.hashed(PASSWORD, "window1")
    assert await passwords.fits(encoded, PASSWORD)
    assert not await passwords.fits(encoded, "wrong")
    assert not await passwords.fits(None, PASSWORD)
    assert await passwords.renewed(encoded, PASSWORD) is None
    cheap = encoded.replace("t=2", "t=1")
    assert await passwords.renewed(cheap, PASSWORD) is not None
