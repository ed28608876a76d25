"""The citizen asks, with number and query code: each wish is written once, in the portal's feed, and what becomes of it
is told."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from contracts.case import (
    CaseAccepted,
    CaseReceived,
    CaseUrged,
    CaseWithdrawn,
    HearingAnnounced,
    HearingCalledOff,
    HearingOffered,
    HearingRequested,
    HearingRequestWithdrawn,
    Material,
    MissingMaterial,
    RequestDeclined,
    SupplementReceived,
    SupplementRequested,
)
from contracts.envelope import read
from contracts.fields import Plain
from contracts.requests import UrgingRequested
from services.portal.replies import ANSWERED, GROUNDS, KINDS, ON_ITS_WAY, REFUSED
from services.portal.requests import AT_ONCE, request_id
from tests.portal.conftest import FEED, Portal, running_portal
from tests.portal.histories import DISTRICT, TOWNSHIP, History, beside, minutes
from tests.portal.test_pages import track
from tests.portal.test_tracking import CODE, NUMBER, OTHER, ask, keep, message, travelled

PHOTO: dict[str, Any] = {"kind": "photo", "sha256": "cd" * 32, "form": "original"}
OWN = "select stream, value, topic, actor from log where unit = 'portal' order by pos"


async def asks(
    http: httpx.AsyncClient, name: str, key: str | None = None, number: str = NUMBER, code: str = CODE, **more: Any
) -> httpx.Response:
    headers = {"Idempotency-Key": key or uuid4().hex}
    return await http.post(f"/api/v1/track/{name}", json={"number": number, "code": code, **more}, headers=headers)


async def written(portal: Portal) -> "list[asyncpg.Record]":
    """What the portal wrote itself."""
    return await portal.log.pool.fetch(OWN)


async def known_to(portal: Portal, history: History) -> History:
    await portal.add(history)
    assert await keep(portal, await message(history)) == {}
    return history


@pytest.fixture
async def case(portal: Portal) -> History:
    """Accepted, and offered to the district."""
    return await known_to(portal, travelled())


def received() -> History:
    receipt = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("张三"))
    return History(NUMBER).write(TOWNSHIP, receipt, minutes(0))


def wanting() -> History:
    missing = (MissingMaterial(kind="photo", reason="missing"), MissingMaterial(kind="identity", reason="missing"))
    return received().write(TOWNSHIP, SupplementRequested(missing=missing), minutes(1))


async def test_an_urging_is_a_request_in_the_portal_s_own_feed_and_says_nothing_personal(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    answer = await asks(http, "urge")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()
    (row,) = await written(portal)
    envelope = read(row["value"])
    assert (row["stream"], row["topic"]) == (f"request/{said['request']}", FEED)
    assert (envelope.source, envelope.holder, envelope.actor, envelope.seq) == ("portal", "portal", "citizen", 1)
    assert envelope.data == {"case": NUMBER, "epoch": 0, "term": 1, "by": "citizen", "level": "reminder"}
    assert CODE not in row["value"].decode()
    (request,) = said["case"]["requests"]
    assert (request["request"], request["kind"]["code"]) == (said["request"], "urge")
    assert request["state"] == {
        "code": "on_its_way",
        "zh": "正在送往经办单位。",
        "en": "On its way to the office that has the case.",
    }


async def test_a_second_urging_that_day_is_refused_and_one_the_next_day_is_not(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    portal.clock.at = minutes(60 * 14 + 58)
    assert (await asks(http, "urge")).status_code == 200
    portal.clock.at += timedelta(minutes=1)
    refused = await asks(http, "urge")
    assert (refused.status_code, refused.json()["code"]) == (409, "urged_today")
    assert refused.headers["content-type"] == "application/problem+json"
    assert "state" not in refused.json(), "what offices see of a case is not for citizens"
    portal.clock.at += timedelta(minutes=2)
    assert (await asks(http, "urge")).status_code == 200, "in Shanghai it is the next day"
    assert len(await written(portal)) == 2


async def test_an_urging_on_the_chain_counts_whoever_sent_it(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    portal.clock.at = minutes(60)
    await portal.add(case.arrives().write(DISTRICT, CaseUrged(by="340400", level="red"), minutes(30)))
    assert (await asks(http, "urge")).json()["code"] == "urged_today"
    assert await written(portal) == []


async def test_of_two_taps_one_is_taken_and_the_same_tap_twice_is_one(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    taps = await asyncio.gather(*(asks(http, "urge") for _ in range(6)))
    assert sorted(tap.status_code for tap in taps) == [200, 409, 409, 409, 409, 409]
    portal.clock.at = minutes(60 * 24)
    key = uuid4().hex
    same = await asyncio.gather(*(asks(http, "urge", key) for _ in range(4)))
    assert {tap.status_code for tap in same} == {200}
    assert len({tap.json()["request"] for tap in same}) == 1
    assert len(await written(portal)) == 2


async def test_taps_in_two_portals_over_one_log_are_one(
    portal: Portal, http: httpx.AsyncClient, case: History, database: str
) -> None:
    async with running_portal(database) as beside_it, httpx.AsyncClient(base_url=beside_it.address) as other:
        taps = await asyncio.gather(*(asks(one, "urge") for one in (http, other) * 3))
        assert sorted(tap.status_code for tap in taps) == [200, 409, 409, 409, 409, 409]
        key, portal.clock.at, beside_it.clock.at = uuid4().hex, minutes(60 * 24), minutes(60 * 24)
        same = await asyncio.gather(*(asks(one, "urge", key) for one in (http, other)))
        assert {tap.json()["request"] for tap in same} == {same[0].json()["request"]}
    assert len(await written(portal)) == 2


async def test_a_key_used_for_something_else_is_refused_and_another_citizen_s_is_another(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    assert (await asks(http, "urge", "1")).status_code == 200
    again = await asks(http, "withdraw", "1")
    assert (again.status_code, again.json()["code"]) == (422, "key_reused")
    other = replace(travelled(), number=f"{TOWNSHIP}-20261119-0018", rows=[], case=None)
    receipt = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("x"))
    await known_to(portal, other.write(TOWNSHIP, receipt, minutes(0)))
    assert (await asks(http, "withdraw", "1", other.number)).status_code == 200
    none = await http.post("/api/v1/track/urge", json={"number": NUMBER, "code": CODE})
    assert (none.status_code, none.json()["code"]) == (400, "idempotency_key")


async def test_a_wrong_code_is_refused_counted_and_nothing_is_written(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    for name in ("urge", "withdraw", "request-hearing"):
        refused = await asks(http, name, code=OTHER)
        assert (refused.status_code, refused.json()["code"]) == (403, "wrong_code")
    assert await portal.log.pool.fetchval("select count(*) from track_try where stream = $1", NUMBER) == 3
    for _ in range(7):
        assert (await asks(http, "urge", code=OTHER)).status_code == 403
    refused = await asks(http, "urge")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_tries")
    assert await written(portal) == []


async def test_a_withdrawal_waits_for_its_answer_and_may_be_asked_again_when_it_was_declined(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    case = await known_to(portal, received())
    first = (await asks(http, "withdraw")).json()
    assert "由经办人员答复" in first["case"]["requests"][0]["state"]["zh"]
    refused = await asks(http, "withdraw")
    assert (refused.status_code, refused.json()["code"]) == (409, "asked_already")
    declined = RequestDeclined(request=first["request"], asked="withdraw", ground="signature_missing")
    await portal.add(case.write(TOWNSHIP, declined, minutes(5)))
    again = (await asks(http, "withdraw")).json()
    assert [one["state"]["code"] for one in again["case"]["requests"]] == ["declined", "on_its_way"]
    assert "signature_missing" not in str(again), "an office's code is no word for a citizen"
    await portal.add(case.write(TOWNSHIP, CaseWithdrawn(request=again["request"]), minutes(6)))
    shown = (await ask(http)).json()
    assert [one["state"]["code"] for one in shown["requests"]] == ["declined", "answered"]
    assert shown["requests"][1]["state"]["zh"] == "申请已撤回。"
    over = await asks(http, "withdraw")
    assert (over.status_code, over.json()["code"]) == (409, "wrong_phase")


async def test_papers_travel_as_kinds_and_digests(portal: Portal, http: httpx.AsyncClient) -> None:
    case = await known_to(portal, wanting())
    said = (await asks(http, "submit-supplement", materials=[PHOTO])).json()
    (row,) = await written(portal)
    assert read(row["value"]).data["materials"] == [PHOTO]
    more = await asks(http, "submit-supplement", materials=[{"kind": "identity", "form": "copy"}])
    assert more.status_code == 200, "a second parcel may follow"
    named = await asks(http, "submit-supplement", materials=[{**PHOTO, "name": "张三的照片"}])
    assert (named.status_code, named.json()["code"]) == (422, "invalid")
    came = SupplementReceived(
        materials=(Material(**PHOTO),), missing=("identity",), request=said["request"], handed_in=minutes(7)
    )
    await portal.add(case.write(TOWNSHIP, came, minutes(60 * 24 * 4)))
    shown = (await ask(http)).json()
    assert [one["state"]["code"] for one in shown["requests"]] == ["answered", "on_its_way"]
    (day,) = shown["timeline"][-1]["details"]
    assert day == {"zh": "于2026年11月19日递交。", "en": "Handed in on 19 Nov 2026."}


async def test_papers_that_nobody_asked_for_are_not_taken(portal: Portal, http: httpx.AsyncClient) -> None:
    await known_to(portal, received())
    refused = await asks(http, "submit-supplement", materials=[PHOTO])
    assert (refused.status_code, refused.json()["code"]) == (409, "nothing_asked")


async def test_the_hearing_that_was_offered_is_asked_for_within_its_days(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    case = await known_to(portal, received().write(TOWNSHIP, CaseAccepted(accepted_on=date(2026, 11, 19)), minutes(1)))
    assert (await asks(http, "request-hearing")).json()["code"] == "no_hearing_offered"
    offer = HearingOffered(reason="heavy_interest", answer_by=date(2026, 11, 26))
    await portal.add(case.write(TOWNSHIP, offer, minutes(2)))
    portal.clock.at = minutes(60 * 24 * 8)
    late = await asks(http, "request-hearing")
    assert (late.status_code, late.json()["code"]) == (422, "hearing_too_late")
    portal.clock.at = minutes(60 * 24 * 7)
    said = await asks(http, "request-hearing")
    assert said.status_code == 200
    asked = HearingRequested(party="applicant", request=said.json()["request"])
    await portal.add(case.write(TOWNSHIP, asked, minutes(60 * 24 * 7 + 1)))
    assert (await ask(http)).json()["requests"][0]["state"]["zh"] == "将在二十个工作日内组织听证。"


ASKED_FOR = HearingRequested(party="applicant")


def offered_a_hearing() -> History:
    offer = HearingOffered(reason="heavy_interest", answer_by=date(2026, 11, 26))
    accepted = received().write(TOWNSHIP, CaseAccepted(accepted_on=date(2026, 11, 19)), minutes(1))
    return accepted.write(TOWNSHIP, offer, minutes(2))


async def test_the_request_for_the_hearing_is_taken_back_once_and_the_calling_off_is_told(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    case = await known_to(portal, offered_a_hearing().write(TOWNSHIP, ASKED_FOR, minutes(3)))
    taps = await asyncio.gather(*(asks(http, "withdraw-hearing-request") for _ in range(3)))
    assert sorted(tap.status_code for tap in taps) == [200, 409, 409]
    assert {tap.json()["code"] for tap in taps if tap.status_code == 409} == {"asked_already"}
    (row,) = await written(portal)
    assert read(row["value"]).data == {"case": NUMBER, "epoch": 0, "term": 0}
    request = next(tap.json()["request"] for tap in taps if tap.status_code == 200)
    await portal.add(
        case.write(TOWNSHIP, HearingAnnounced(hold_on=date(2026, 12, 3), place="room-1"), minutes(4))
        .write(TOWNSHIP, HearingRequestWithdrawn(party="applicant", request=request), minutes(5))
        .write(TOWNSHIP, HearingCalledOff(reason="settled", answer_by=date(2026, 11, 27)), minutes(6))
    )
    shown = (await ask(http)).json()
    assert shown["requests"][0]["state"]["zh"] == "您已撤回听证申请。"
    assert [step["zh"] for step in shown["timeline"][-2:]] == ["您已撤回听证申请。", "听证已取消。"]
    assert shown["timeline"][-1]["details"][0]["zh"] == "已被告知听证权利而未申请的，可以在2026年11月27日前申请听证。"
    assert "settled" not in str(shown), "an office's code is no word for a citizen"
    refused = await asks(http, "request-hearing")
    assert (refused.status_code, refused.json()["code"]) == (409, "hearing_taken_back")
    none = await asks(http, "withdraw-hearing-request")
    assert (none.status_code, none.json()["code"]) == (409, "hearing_not_requested")


async def test_what_may_be_asked_is_told_with_why_of_the_rest(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    actions = {one["name"]: one for one in (await ask(http)).json()["actions"]}
    assert {name: (one["possible"], one["code"]) for name, one in actions.items()} == {
        "urge": (True, None),
        "withdraw": (True, None),
        "submit-supplement": (False, "wrong_phase"),
        "request-hearing": (False, "no_hearing_offered"),
        "withdraw-hearing-request": (False, "hearing_not_requested"),
    }
    assert actions["request-hearing"]["zh"] == "本办件没有告知听证权利。"


async def test_a_portal_that_may_not_write_yet_says_so_and_writes_nothing(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    portal.log.close("restored: reading back what this service had said")
    refused = await asks(http, "urge", "one")
    assert (refused.status_code, refused.json()["code"]) == (503, "not_writable")
    assert await written(portal) == []
    assert (await ask(http)).status_code == 200
    portal.log.open()
    assert (await asks(http, "urge", "one")).status_code == 200


async def test_a_name_that_another_unit_took_is_passed_over(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    event = UrgingRequested(case=NUMBER, epoch=0, term=0, by="supervisor", level="red")
    for n in range(AT_ONCE + 1):
        await portal.log.append(beside(f"request/{request_id(NUMBER, 'urge', n)}", DISTRICT, event))
    said = (await asks(http, "urge")).json()
    assert said["request"] == request_id(NUMBER, "urge", AT_ONCE + 1)
    assert len(said["case"]["requests"]) == 1


async def test_a_year_of_urging_is_told_in_order(portal: Portal, http: httpx.AsyncClient, case: History) -> None:
    for day in range(AT_ONCE + 3):
        portal.clock.at = minutes(60 * 24 * (1 + day))
        assert (await asks(http, "urge")).status_code == 200
    told = [one["at"] for one in (await ask(http)).json()["requests"]]
    assert len(told) == AT_ONCE + 3
    assert told == sorted(told)


def test_every_ground_and_refusal_has_words_in_both_languages() -> None:
    assert KINDS.keys() == {"urge", "withdraw", "supplement", "hearing", "hearing_withdrawal"}
    assert KINDS.keys() == ON_ITS_WAY.keys() == ANSWERED.keys()
    assert {"urged_today", "nothing_due", "too_late", "nothing_asked", "hearing_too_late"} <= GROUNDS.keys()
    assert {"urged_today", "asked_already", "wrong_phase", "nothing_asked", "not_confirmed"} <= REFUSED.keys()


# The page


async def form(http: httpx.AsyncClient, name: str, code: str = CODE, **more: str) -> httpx.Response:
    typed = {"number": NUMBER, "code": code, "key": uuid4().hex, **more}
    return await http.post(f"/track/{name}", data=typed)


async def test_the_page_of_a_case_has_the_forms_and_never_the_code(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    page = (await track(http, CODE)).text
    assert 'action="/track/urge"' in page
    assert 'action="/track/withdraw"' in page
    assert "/track/request-hearing" not in page
    done = await form(http, "urge")
    assert done.status_code == 200
    assert 'id="done"' in done.text
    assert "正在送往经办单位。" in done.text
    assert 'action="/track/urge"' not in done.text
    assert "今天已经催办过" in done.text
    for answer in (page, done.text):
        assert CODE not in answer


async def test_a_form_sent_again_asks_once(portal: Portal, http: httpx.AsyncClient, case: History) -> None:
    key = uuid4().hex
    assert [(await form(http, "urge", key=key)).status_code for _ in range(2)] == [200, 200]
    second = await form(http, "urge")
    assert second.status_code == 409
    assert 'role="alert"' in second.text
    assert len(await written(portal)) == 1


async def test_a_withdrawal_on_the_page_is_confirmed(portal: Portal, http: httpx.AsyncClient, case: History) -> None:
    unsure = await form(http, "withdraw")
    assert unsure.status_code == 422
    assert "请勾选确认后再次提交" in unsure.text
    assert await written(portal) == []
    assert (await form(http, "withdraw", confirmed="yes")).status_code == 200
    assert len(await written(portal)) == 1


async def test_a_request_for_a_hearing_is_taken_back_on_the_page_when_that_is_confirmed(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    case = await known_to(portal, offered_a_hearing())
    assert "/track/withdraw-hearing-request" not in (await track(http, CODE)).text
    await portal.add(case.write(TOWNSHIP, ASKED_FOR, minutes(3)))
    page = (await track(http, CODE)).text
    assert 'action="/track/withdraw-hearing-request"' in page
    assert "是的，我撤回听证申请。" in page
    assert (await form(http, "withdraw-hearing-request")).status_code == 422
    assert await written(portal) == []
    assert (await form(http, "withdraw-hearing-request", confirmed="yes")).status_code == 200
    assert len(await written(portal)) == 1


async def test_a_form_with_a_wrong_code_leads_back_to_number_and_code(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    answer = await form(http, "urge", OTHER)
    assert answer.status_code == 403
    assert "办件编号与查询码不符" in answer.text
    assert NUMBER in answer.text
    assert (await http.get("/track/urge", params={"lang": "en"})).status_code == 200
    assert (await form(http, "urge", key="made up")).status_code == 400
    assert await written(portal) == []
