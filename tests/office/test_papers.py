"""Scans: handed in, kept sealed, named by a case, opened by whoever works on it, and fetched from another office."""

import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from services.casework.refusals import Refusal
from services.office import papers_api
from services.office.accounts import reads
from services.office.papers.fetching import PaperFetching
from services.office.papers.kinds import NotAScan, kind_of
from services.office.papers.offices import Offices
from services.office.papers.tray import Tray
from services.office.serving import Office as Served
from services.runtime.http.app import create
from services.runtime.issuer import PUBLIC_FILE, Issuer, issue, make_issuer, read_issuer_keys
from services.runtime.metrics import Metrics
from services.runtime.paper_store import PaperAway, PaperStore
from services.runtime.sealing import CannotOpen, seal_paper
from services.runtime.tokens import Actor, Verifier
from tests.casework.dated import instant
from tests.lawclock.office import CLERK, KEYS, Office
from tests.office.site import MOST, Pages, csrf
from tests.office.story import CITY, TOWNSHIP

SCAN = b"%PDF-1.7\n" + b"scan of an identity card " * 4000
PHOTO = b"\xff\xd8\xff\xe0" + b"photo of the shop " * 9000
MISSING = [{"kind": kind, "reason": "missing"} for kind in ("application", "identity")]
WRAPPING = {TOWNSHIP: b"w" * 32}
_LONG = timedelta(days=36500)
OPERATOR = Actor("district", CITY, None, frozenset({"operator"}))


def tray(here: Office, store: PaperStore | None = None) -> Tray:
    return Tray(here.log.pool, store or here.store, WRAPPING)


async def received(here: Office, *scans: bytes, **differs: Any) -> str:
    """A case that names these scans."""
    materials = [
        {"kind": kind, "form": "copy", "sha256": hashlib.sha256(scan).hexdigest()}
        for kind, scan in zip(("identity", "application"), scans, strict=False)
    ]
    return await here.receive(materials=materials, **differs)


@dataclass(slots=True)
class Elsewhere(httpx.AsyncBaseTransport):
    """The service of another office, over whose link answers break off after so many bytes: one number a request."""

    app: FastAPI
    breaks: list[int] = field(default_factory=list[int])
    asked: list[str] = field(default_factory=list[str])
    away: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.headers.get("range", "whole"))
        if self.away:
            raise httpx.ConnectError("no route", request=request)
        answer = await httpx.ASGITransport(app=self.app, client=("127.0.0.1", 1)).handle_async_request(request)
        if not self.breaks:
            return answer
        content, upto = b"".join([part async for part in _parts(answer)]), self.breaks.pop(0)

        async def broken() -> AsyncIterator[bytes]:
            yield content[:upto]
            raise httpx.ReadError("cut", request=request)

        return httpx.Response(answer.status_code, headers=answer.headers, content=broken(), request=request)


async def _parts(answer: httpx.Response) -> AsyncIterator[bytes]:
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    async for part in answer.stream:
        yield part


def served(here: Office, store: PaperStore, folder: Path) -> tuple[FastAPI, Issuer]:
    """This office's papers over HTTP, from this store."""
    issuer = make_issuer(folder / "paper-issuer")
    verifier = Verifier(read_issuer_keys(folder / "paper-issuer" / PUBLIC_FILE))
    shown = (here.views.shown, here.requested.shown)
    office_ = Served(
        here.log.pool, here.cases, here.acts, here.receiving, here.notices, here.papers, verifier, shown, b"m" * 32,
        frozenset({TOWNSHIP}), here.law,
    )  # fmt: skip
    app = create("office", "0", Metrics("office"))
    app.include_router(papers_api.routes(office_, store, tray(here, store), MOST))
    return app, issuer


@dataclass(slots=True)
class Two:
    """This office, whose store is empty, and one that had its cases before and has their papers in a store of its
    own."""

    here: Office
    there: PaperStore
    link: Elsewhere
    fetching: PaperFetching
    folder: Path

    async def again(self) -> None:
        """What waits is due now."""
        await self.here.log.pool.execute("update paper set due = now() where due is not null")
        assert await self.fetching.step()

    async def kept_there(self, number: str, content: bytes) -> str:
        return await self.there.put(number, await self.here.cases.case_key(number), content)

    async def why(self, number: str) -> str | None:
        return await self.here.log.pool.fetchval("select why from paper where stream = $1", number)


@pytest_asyncio.fixture
async def two(here: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Two]:
    there, folder = PaperStore(str(tmp_path / "papers-there")), tmp_path / "on-their-way"
    folder.mkdir()
    app, issuer = served(here, there, tmp_path)
    link = Elsewhere(app)
    token = issue(issuer, OPERATOR, at=instant("2020-01-01 00:00"), lifetime=_LONG)
    client = httpx.AsyncClient

    def over_the_link(**given: Any) -> httpx.AsyncClient:
        return client(transport=link, **given)

    monkeypatch.setattr("services.office.papers.offices.httpx.AsyncClient", over_the_link)
    offices = Offices([(TOWNSHIP[:6], "http://there.test")], token, MOST)
    # The unit of the cases is another one's here, so that they are asked for.
    fetching = PaperFetching(here.log.pool, frozenset({CITY}), here.cases, here.store, tray(here), offices, folder)
    yield Two(here, there, link, fetching, folder)
    await offices.close()


# Handed in


async def test_a_scan_that_was_handed_in_lies_sealed_until_a_case_names_it_and_then_is_opened(
    here: Office, tmp_path: Path
) -> None:
    digest, kind = await tray(here).put(CLERK, SCAN)
    assert (digest, kind) == (hashlib.sha256(SCAN).hexdigest(), "application/pdf")
    number = await received(here, SCAN)
    (lies,) = await here.papers.lying((await here.cases.read(number, CLERK)).state)
    assert (lies.paper.name, lies.here) == ("identity", False)
    offices = Offices([], "", MOST)
    adopting = PaperFetching(
        here.log.pool, frozenset({TOWNSHIP}), here.cases, here.store, tray(here), offices, tmp_path / "partial"
    )
    assert await adopting.step()
    assert not await adopting.step()
    await offices.close()
    (lies,) = await here.papers.lying((await here.cases.read(number, CLERK)).state)
    assert lies.here
    assert await here.papers.content(number, digest) == SCAN
    files = [file for file in (tmp_path / "papers").rglob("*") if file.is_file()]
    assert len(files) == 2
    assert all(b"identity card" not in file.read_bytes() for file in files)


def test_what_a_file_is_its_first_bytes_say() -> None:
    assert kind_of(PHOTO) == "image/jpeg"
    for other in (b"", b"PK\x03\x04" + SCAN, b"<html>%PDF-", b" %PDF-1.7", b"<svg xmlns=''/>", b"MZ", b"GIF89a"):
        assert kind_of(other) is None


async def test_what_is_no_scan_is_refused_and_nothing_of_it_is_kept(here: Office, tmp_path: Path) -> None:
    with pytest.raises(NotAScan):
        await tray(here).put(CLERK, b"PK\x03\x04../../../etc/passwd")
    assert not any((tmp_path / "papers").iterdir())


async def test_a_scan_that_no_case_names_goes_after_a_week_and_one_that_a_case_waits_for_stays(here: Office) -> None:
    first, _ = await tray(here).put(CLERK, SCAN)
    second, _ = await tray(here).put(CLERK, PHOTO)
    await received(here, PHOTO)
    await here.log.pool.execute("update paper_tray set since = now() - interval '8 days'")
    assert await tray(here).clear()
    assert not await tray(here).clear()
    assert await tray(here).find(first) is None
    assert await tray(here).find(second) == PHOTO


async def test_the_same_scan_handed_in_twice_is_one(here: Office) -> None:
    assert await tray(here).put(CLERK, SCAN) == await tray(here).put(CLERK, SCAN)
    assert await here.log.pool.fetchval("select count(*) from paper_tray") == 1


# From another office


async def test_a_paper_that_another_office_has_comes_from_there_sealed_as_it_lies(two: Two) -> None:
    number = await received(two.here, PHOTO)
    digest = await two.kept_there(number, PHOTO)
    with pytest.raises(PaperAway):
        await two.here.papers.content(number, digest)
    await two.again()
    assert await two.here.papers.content(number, digest) == PHOTO
    assert two.link.asked == ["whole"]
    assert not any(two.folder.iterdir())


async def test_what_came_before_the_link_broke_is_not_sent_again(two: Two) -> None:
    number = await received(two.here, PHOTO)
    digest = await two.kept_there(number, PHOTO)
    two.link.breaks = [70_000, 50_000]
    await two.again()
    (partial,) = two.folder.iterdir()
    assert b"photo" not in partial.read_bytes()
    # There was progress, so it is tried again at once.
    assert await two.fetching.step()
    assert await two.why(number) == "unreachable"
    assert await two.fetching.step()
    assert two.link.asked == ["whole", "bytes=70000-", "bytes=120000-"]
    assert await two.here.papers.content(number, digest) == PHOTO


async def test_a_file_that_was_sealed_anew_meanwhile_is_begun_anew(two: Two, tmp_path: Path) -> None:
    number = await received(two.here, PHOTO)
    digest = await two.kept_there(number, PHOTO)
    two.link.breaks = [70_000]
    await two.again()
    shutil.rmtree(tmp_path / "papers-there" / number)
    await two.kept_there(number, PHOTO)
    await two.again()
    assert await two.here.papers.content(number, digest) == PHOTO


async def test_an_office_that_does_not_answer_is_asked_again_ever_more_rarely(two: Two) -> None:
    number = await received(two.here, PHOTO)
    two.link.away = True
    waits: list[float] = []
    for _ in range(3):
        await two.again()
        waits.append(
            await two.here.log.pool.fetchval(
                "select extract(epoch from due - now())::float from paper where stream = $1", number
            )
        )
        assert not await two.fetching.step()
    assert waits == sorted(waits)
    assert waits[2] > 2 * waits[0]
    assert await two.why(number) == "unreachable"
    digest = await two.kept_there(number, PHOTO)
    two.link.away = False
    await two.again()
    assert await two.here.papers.content(number, digest) == PHOTO


async def test_a_paper_that_nobody_has_waits_and_says_so(two: Two) -> None:
    number = await received(two.here, PHOTO)
    await two.again()
    assert await two.why(number) == "nowhere"
    (lies,) = await two.here.papers.lying((await two.here.cases.read(number, CLERK)).state)
    assert (lies.here, lies.why) == (False, "nowhere")


@pytest.mark.parametrize("spoil", [lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b[:-40], lambda b: b"x" * 99])
async def test_what_is_not_the_paper_is_not_taken(two: Two, tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    number = await received(two.here, PHOTO)
    await two.kept_there(number, PHOTO)
    (file,) = (tmp_path / "papers-there" / number).iterdir()
    file.write_bytes(spoil(file.read_bytes()))
    await two.again()
    assert await two.why(number) == "spoilt"
    assert not any(two.folder.iterdir())


async def test_another_paper_under_the_digest_is_not_taken(here: Office) -> None:
    """Whoever has the case's key can seal anything; the digest that the event names decides."""
    number = await received(here, PHOTO)
    key, digest = await here.cases.case_key(number), hashlib.sha256(PHOTO).hexdigest()
    with pytest.raises(CannotOpen):
        await here.store.put_sealed(number, key, digest, seal_paper(SCAN, key, number, digest))
    with pytest.raises(PaperAway):
        await here.store.sealed(number, digest)


async def test_the_largest_scan_that_is_taken_comes_too(two: Two) -> None:
    largest = b"%PDF-" + os.urandom(MOST - 5)
    number = await received(two.here, largest)
    digest = await two.kept_there(number, largest)
    await two.again()
    assert await two.here.papers.content(number, digest) == largest


async def test_more_than_the_largest_scan_is_not_taken(two: Two) -> None:
    large = b"%PDF-" + os.urandom(MOST + 1)
    number = await received(two.here, large)
    await two.kept_there(number, large)
    await two.again()
    assert await two.why(number) == "unreachable"
    assert not any(two.folder.iterdir())


async def test_a_file_that_is_all_here_already_is_not_sent_once_more(two: Two, tmp_path: Path) -> None:
    number = await received(two.here, PHOTO)
    digest = await two.kept_there(number, PHOTO)
    (file,) = (tmp_path / "papers-there" / number).iterdir()
    shutil.copy(file, two.folder / f"{number}.{digest}")
    await two.again()
    assert await two.here.papers.content(number, digest) == PHOTO


async def test_a_paper_as_it_lies_is_given_to_an_operator_alone(here: Office, tmp_path: Path) -> None:
    number = await received(here, PHOTO)
    digest = await here.store.put(number, await here.cases.case_key(number), PHOTO)
    app, issuer = served(here, here.store, tmp_path)
    address = f"/api/v1/cases/{number}/papers/{digest}/sealed"
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as client:
        assert (await client.get(address)).status_code == 401
        for roles, status in (({"clerk", "approver", "head"}, 403), ({"operator"}, 200)):
            actor = Actor("x", TOWNSHIP, None, frozenset(roles))
            token = issue(issuer, actor, at=instant("2020-01-01 00:00"), lifetime=_LONG)
            assert (await client.get(address, headers={"Authorization": f"Bearer {token}"})).status_code == status
        for other in ("..", "x", digest.upper(), "ab" * 32):
            raw = f"/api/v1/cases/{number}/papers/{other}/sealed".encode()
            url = httpx.URL("http://office.test").copy_with(raw_path=raw)
            refused = await client.get(url, headers={"Authorization": f"Bearer {token}"})
            assert refused.status_code == 404


def test_of_the_addresses_that_fit_a_unit_those_of_the_longest_code_are_asked() -> None:
    offices = Offices([("34", "a"), ("340402", "b"), ("340402", "c"), ("3404", "d")], "", MOST)
    assert [offices.of_unit(unit) for unit in ("340402101", "340403", "350000")] == [["b", "c"], ["d"], []]


# Opened


async def test_who_opens_a_paper_is_noted_with_what_for(here: Office) -> None:
    await tray(here).put(CLERK, SCAN)
    number = await received(here, SCAN)
    key, digest = await here.cases.case_key(number), hashlib.sha256(SCAN).hexdigest()
    await here.store.put(number, key, SCAN)
    await papers_api.opened(_served(here), number, digest, CLERK, "checking")
    (noted,) = await reads.page(here.log.pool, TOWNSHIP)
    assert (noted.person, noted.number, noted.why, list(noted.texts)) == ("A01", number, "checking", ["Paper"])
    with pytest.raises(Refusal) as refused:
        await papers_api.opened(_served(here), number, "ab" * 32, CLERK, "checking")
    assert refused.value.code == "paper_unknown"


def _served(here: Office) -> Served:
    return Served(
        here.log.pool, here.cases, here.acts, here.receiving, here.notices, here.papers, Verifier({}), (), b"m" * 32,
        frozenset({TOWNSHIP}), here.law,
    )  # fmt: skip


async def test_an_act_that_names_a_scan_looks_for_it_from_then_on(here: Office) -> None:
    number = await here.receive()
    await here.act(number, "request_supplement", items=MISSING)
    digest = hashlib.sha256(PHOTO).hexdigest()
    await here.act(number, "receive_supplement", materials=[{"kind": "identity", "form": "copy", "sha256": digest}])
    due = await here.log.pool.fetch("select digest from paper where stream = $1 and due is not null", number)
    assert [row["digest"] for row in due] == [digest]


async def test_a_clerk_adds_scans_to_the_receipt_in_the_browser(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        form = await browser.get("/receive", params={"item": _item(site)})
        secret = csrf(form)
        assert 'name="scans-identity"' in form.text
        sent = await browser.post("/papers", content=SCAN, headers={"CSRF": secret})
        assert sent.status_code == 201
        digest = sent.json()["sha256"]
        assert sent.json() == {"sha256": digest, "media_type": "application/pdf", "bytes": len(SCAN)}
        done = await browser.post("/receive", data=_filled(site, secret, scan=digest))
        assert done.status_code == 201, done.text
        number = await site.here.log.pool.fetchval("select stream from log where stream like $1", f"{TOWNSHIP}-%")
        page = await browser.get(f"/cases/{number}", params={"lang": "en"})
        assert "Files here: 0 of 1" in page.text
        assert "scan not here yet" in page.text
        await site.here.papers.keep(number, SCAN)
        page = await browser.get(f"/cases/{number}", params={"lang": "en"})
        assert "Files here: 1 of 1" in page.text
        assert f'href="/cases/{number}/papers/{digest}?lang=en"' in page.text
        opened = await browser.get(f"/cases/{number}/papers/{digest}")
        assert opened.content == SCAN
        assert opened.headers["content-type"] == "application/pdf"
        assert opened.headers["content-disposition"].startswith("inline")
        assert "default-src 'self'" in opened.headers["content-security-policy"]


async def test_what_a_script_of_another_page_sends_is_refused(site: Pages) -> None:
    async with site.signed_in("window1") as browser:
        secret = csrf(await browser.get("/receive", params={"item": _item(site)}))
        for headers in ({}, {"CSRF": "x"}, {"CSRF": secret, "Origin": "http://evil.test"}):
            assert (await browser.post("/papers", content=SCAN, headers=headers)).status_code == 403
        too_large = await browser.post("/papers", content=b"%PDF-" + bytes(MOST), headers={"CSRF": secret})
        assert (too_large.status_code, too_large.json()["code"]) == (413, "too_large")
        other = await browser.post("/papers", content=b"<html>", headers={"CSRF": secret})
        assert (other.status_code, other.json()["code"]) == (415, "paper_kind")
    assert await site.here.log.pool.fetchval("select count(*) from paper_tray") == 0


def _item(site: Pages) -> str:
    return next(iter(site.here.keeper.book.items))


def _filled(site: Pages, secret: str, scan: str) -> dict[str, Any]:
    return {
        "csrf": secret, "key": f"{next(KEYS):032d}", "item": _item(site), "name": "name", "phone": "1",
        "document_kind": "resident_id", "document_number": "1", "channel": "window",
        "here": ["identity"], "form-identity": "copy", "scans-identity": scan,
    }  # fmt: skip
