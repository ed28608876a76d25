"""Notices are drawn when they are issued, numbered, kept sealed, and opened again by whoever works on the case."""

import hashlib
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from contracts.case import NoticeIssued
from services.casework.case import Case
from services.casework.refusals import Refusal
from services.office.accounts import reads
from services.office.bodies import BODIES
from services.office.dossier_bodies import IssueNotice
from services.office.notices.content import Issue
from services.office.refusing import TextsUnreadable
from services.pages.languages import languages
from services.runtime.fold import Loaded
from services.runtime.paper_store import PaperAway, PaperStore
from services.runtime.sealing import CannotOpen
from tests.lawclock.office import CLERK, KEYS, Office
from tests.office.site import Pages, csrf
from tests.office.story import TOWNSHIP

NAME = "欧阳明德"
CODE = "K7QMT4WXRA"
ZH = languages()["zh"].gettext


async def received(here: Office) -> str:
    applicant = {"name": NAME, "document_kind": "resident_id", "document_number": "1", "phone": "2"}
    return await here.receive(applicant=applicant)


async def issued(here: Office, number: str, notice: str = "receipt", key: str | None = None) -> NoticeIssued:
    body = IssueNotice.model_validate({"notice": notice, "seal": "S-1"})
    await here.acts.perform("issue_notice", number, CLERK, key or f"k{next(KEYS)}", None, body)
    *_, last = await here.events(number)
    assert isinstance(last, NoticeIssued)
    return last


def kept(folder: Path) -> list[bytes]:
    return [file.read_bytes() for file in sorted((folder / "papers").rglob("*")) if file.is_file()]


async def test_a_clerk_issues_a_notice_and_the_service_draws_numbers_and_keeps_it(here: Office, tmp_path: Path) -> None:
    number = await received(here)
    event = await issued(here, number)
    assert event.number == f"{TOWNSHIP}.receipt.2026-0001"
    paper = await here.notices.open(number, event.number, CLERK, "handling")
    assert paper.startswith(b"%PDF-")
    assert hashlib.sha256(paper).hexdigest() == event.digest
    (sealed,) = kept(tmp_path)
    assert b"%PDF" not in sealed


async def test_a_notice_of_what_did_not_happen_is_refused_before_anything_is_drawn(
    here: Office, tmp_path: Path
) -> None:
    number = await received(here)
    with pytest.raises(Refusal) as refused:
        await issued(here, number, "decision_granted")
    assert refused.value.code == "nothing_to_tell"
    assert kept(tmp_path) == []


async def test_the_same_form_sent_twice_issues_one_notice(here: Office) -> None:
    number = await received(here)
    first = await issued(here, number, key="once")
    again = await issued(here, number, key="once")
    assert again == first
    assert [type(event).__name__ for event in await here.events(number)] == ["CaseReceived", "NoticeIssued"]
    assert (await issued(here, number)).number.endswith("-0002")


async def test_a_notice_is_drawn_again_when_the_case_changed_meanwhile(
    here: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await received(here)
    make, drawn = here.notices.make, list[str]()

    async def interrupted(loaded: Loaded[Case], issue: Issue, at: datetime) -> str:
        drawn.append(await make(loaded, issue, at))
        if len(drawn) == 1:
            body = BODIES["claim"].model_validate({})
            await here.acts.perform("claim", number, CLERK, f"k{next(KEYS)}", None, body)
        return drawn[-1]

    monkeypatch.setattr(here.notices, "make", interrupted)
    event = await issued(here, number)
    assert len(drawn) == 2
    assert event.digest == drawn[-1]
    assert event.number.endswith("-0001")


async def test_a_paper_made_elsewhere_is_named_by_its_digest_and_opened_where_it_lies(here: Office) -> None:
    number = await received(here)
    body = IssueNotice(notice="receipt", seal="S-1", digest="ab" * 32)
    await here.acts.perform("issue_notice", number, CLERK, f"k{next(KEYS)}", None, body)
    with pytest.raises(PaperAway):
        await here.notices.open(number, f"{TOWNSHIP}.receipt.2026-0001", CLERK, "handling")
    with pytest.raises(Refusal) as refused:
        await here.notices.open(number, f"{TOWNSHIP}.receipt.2026-0009", CLERK, "handling")
    assert refused.value.code == "notice_unknown"


async def test_a_file_that_was_spoilt_is_said_to_be_so_and_not_shown(here: Office, tmp_path: Path) -> None:
    number = await received(here)
    event = await issued(here, number)
    (file,) = (one for one in (tmp_path / "papers").rglob("*") if one.is_file())
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(TextsUnreadable):
        await here.notices.open(number, event.number, CLERK, "handling")


async def test_whoever_opens_a_notice_stands_among_those_who_read_sealed_texts(site: Pages) -> None:
    number = await received(site.here)
    event = await issued(site.here, number)
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        assert f'href="/cases/{number}/notices/{event.number}"' in page.text
        paper = await browser.get(f"/cases/{number}/notices/{event.number}")
    assert paper.headers["content-type"] == "application/pdf"
    assert paper.headers["cache-control"] == "no-store"
    (read,) = await reads.page(site.here.log.pool, TOWNSHIP)
    assert (read.person, read.number, read.why, read.texts) == ("window1", number, "printing", ("NoticeIssued",))
    async with site.signed_in("chief") as browser:
        assert ZH("To print a paper") in (await browser.get("/reads")).text


async def test_a_receipt_is_printed_on_a4_and_on_a_roll_and_its_code_stands_in_no_address(site: Pages) -> None:
    number = await received(site.here)
    async with site.signed_in("window1") as browser:
        token = csrf(await browser.get(f"/cases/{number}"))

        async def printed(size: str, code: str = CODE) -> httpx.Response:
            form = {"csrf": token, "number": number, "code": code, "size": size}
            return await browser.post("/receive/receipt", data=form)

        on_a4, on_a_roll = await printed("a4"), await printed("80mm")
        assert on_a4.content.startswith(b"%PDF-")
        assert on_a_roll.content.startswith(b"%PDF-")
        assert on_a4.content != on_a_roll.content
        assert (await printed("a5")).status_code == 400
        assert (await printed("a4", "<script>")).status_code == 400


async def test_a_notice_is_filled_in_on_the_page_of_the_case(site: Pages) -> None:
    number = await received(site.here)
    async with site.signed_in("window1") as browser:
        page = await browser.get(f"/cases/{number}")
        head = page.text.split('name="head" value="')[1].split('"')[0]
        form = {"csrf": csrf(page), "head": head, "key": "a" * 32, "notice": "receipt", "seal": "S-1", "digest": ""}
        done = await browser.post(f"/cases/{number}/issue-notice", data=form)
        assert done.status_code == 303, done.text
    *_, last = await site.here.events(number)
    assert isinstance(last, NoticeIssued)


async def test_a_paper_that_was_cut_short_when_the_power_failed_is_written_again(tmp_path: Path) -> None:
    store, key = PaperStore(str(tmp_path / "papers")), b"k" * 32
    digest = await store.put("340405101-20260302-0001", key, b"a paper")
    assert await store.put("340405101-20260302-0001", key, b"a paper") == digest
    (file,) = (one for one in (tmp_path / "papers").rglob("*") if one.is_file())
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(CannotOpen):
        await store.get("340405101-20260302-0001", key, digest)
    await store.put("340405101-20260302-0001", key, b"a paper")
    assert await store.get("340405101-20260302-0001", key, digest) == b"a paper"
    with pytest.raises(CannotOpen):
        await store.get("340405101-20260302-0001", b"x" * 32, digest)
