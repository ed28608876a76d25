"""What a citizen asks at the portal reaches whoever holds the case by then, once, and ends in an event of the case."""

import asyncio
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from services.casework.moment import local_day
from tests.journeys.citizen import citizen
from tests.journeys.clerk import Body, Clerk
from tests.journeys.fitting import BEFORE, MISSING, PHOTO, done
from tests.journeys.fitting_dossier import history
from tests.journeys.places import DATONG, PENSION, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until


async def naming(clerk: Clerk, number: str, request: str) -> list[Body]:
    """The events of the case that answer this request, as its holder has them."""
    return [event for event in await history(clerk, number) if event["data"].get("request") == request]


async def requested(clerk: Clerk, number: str) -> Body:
    """What waits for an answer about this case, as the inbox of the clerk's unit has it."""

    async def look() -> list[Body]:
        listed = await clerk.listed("/inbox", which="requested")
        return [one["request"] for one in listed if one["number"] == number]

    (found,) = await until(look, bool)
    return found


async def test_a_citizen_urges_once_a_day_and_the_holder_s_chain_says_so(system: System) -> None:
    township, zhang = system.clerk(SHANGYAO), await citizen(system, SHANGYAO)
    wrong = await zhang.asks("urge", code="K7QMT-4WXRA")
    assert (wrong.status, wrong.code) == (403, "wrong_code")
    taps = await asyncio.gather(*(zhang.asks("urge") for _ in range(3)))
    assert sorted(tap.status for tap in taps) == [200, 409, 409]
    assert {tap.code for tap in taps if not tap.done} == {"urged_today"}
    request = next(tap.body["request"] for tap in taps if tap.done)
    await zhang.sees(request, "answered")
    (urged,) = await naming(township, zhang.number, request)
    assert urged["type"] == "sanji.case.CaseUrged.v1"
    assert urged["data"] == {"by": "citizen", "level": "reminder", "request": request}
    assert (urged["source"], urged["actor"]) == (SHANGYAO, "service")
    again = await zhang.asks("urge")
    assert (again.status, again.code) == (409, "urged_today")
    await system.holds()


async def test_a_withdrawal_finds_the_case_where_it_was_referred_meanwhile(system: System) -> None:
    township, district = system.clerk(SHANGYAO), system.clerk(DATONG)
    zhang = await citizen(system, SHANGYAO)
    # The portal still sees the township when it asks; the case is on its way up by then.
    asked, _ = await asyncio.gather(
        zhang.asks("withdraw"), done(township, zhang.number, "refer", to=DATONG, kind="forward_up", reason="route")
    )
    assert asked.done, asked
    await district.arrived(zhang.number)
    await done(district, zhang.number, "acknowledge")
    second = await zhang.asks("withdraw")
    assert (second.status, second.code) == (409, "asked_already")
    waiting = await requested(district, zhang.number)
    assert (waiting["request"], waiting["kind"], waiting["by"]) == (asked.body["request"], "withdraw", "portal")
    assert waiting["light"] in ("green", "amber"), "it was asked today"
    assert [one["request"] for one in (await district.case(zhang.number)).body["requests"]] == [waiting["request"]]
    withdrawn = await district.act(zhang.number, "withdraw", request=asked.body["request"])
    listed = await district.listed("/inbox", which="requested", after=withdrawn.body["pos"])
    assert zhang.number not in [one["number"] for one in listed]
    seen = await zhang.sees(asked.body["request"], "answered")
    assert seen["state"]["zh"] == "申请已撤回。"
    assert (await zhang.reads())["phase"]["code"] == "withdrawn"
    assert len(await naming(district, zhang.number, asked.body["request"])) == 1
    await system.holds()


async def test_papers_that_a_citizen_brings_are_taken_in_by_a_clerk_who_names_them(system: System) -> None:
    township, zhang = system.clerk(SHANGYAO), await citizen(system, SHANGYAO, PENSION)
    early = await zhang.asks("submit-supplement", materials=[PHOTO])
    assert (early.status, early.code) == (409, "nothing_asked")
    await done(township, zhang.number, "request-supplement", items=MISSING)
    await zhang.may("submit-supplement")
    brought = await zhang.asks("submit-supplement", materials=[PHOTO])
    assert brought.done, brought
    request = brought.body["request"]
    waiting = await requested(township, zhang.number)
    assert (waiting["request"], waiting["said"]) == (request, {"materials": [PHOTO]})
    await done(township, zhang.number, "receive-supplement", materials=[PHOTO], request=request)
    await zhang.sees(request, "answered")
    (came,) = await naming(township, zhang.number, request)
    assert came["data"]["handed_in"] == waiting["asked_at"], "however late the clerk came to it"
    assert [paper["kind"] for paper in (await township.case(zhang.number)).case["missing"]] == ["identity"]
    second = await zhang.asks("submit-supplement", materials=[{"kind": "identity", "form": "copy"}])
    told = {"request": second.body["request"], "asked": "supplement", "ground": "illegible_scan"}
    await done(township, zhang.number, "decline-request", **told)
    seen = await zhang.sees(second.body["request"], "declined")
    assert seen["state"]["en"] == "Not done: the office that has the case can tell you why."
    await system.holds()


async def test_the_hearing_that_was_offered_is_asked_for_and_written_down_by_nobody_in_person(system: System) -> None:
    district, zhang = system.clerk(DATONG), await citizen(system, DATONG)
    await done(district, zhang.number, "accept")
    await done(district, zhang.number, "offer-hearing", reason="heavy_interest")
    await zhang.may("request-hearing")
    asked = await zhang.asks("request-hearing")
    assert asked.done, asked
    await zhang.sees(asked.body["request"], "answered")
    (heard,) = await naming(district, zhang.number, asked.body["request"])
    today = local_day(datetime.fromisoformat(heard["time"]))
    asked_on = (today.isoformat(), (today - timedelta(days=1)).isoformat())
    assert heard["data"] in [
        {"party": "applicant", "request": asked.body["request"], "asked_on": day} for day in asked_on
    ]
    assert (await district.case(zhang.number)).case["hearing"]["requested"]
    assert (await district.act(zhang.number, "decide", outcome="granted")).code == "hearing_awaited"
    assert (await zhang.asks("request-hearing")).code == "already_done"
    await system.holds()


async def test_the_request_for_the_hearing_is_taken_back_at_the_portal_and_time_counts_again(system: System) -> None:
    district, zhang = system.clerk(DATONG), await citizen(system, DATONG)
    for act in ("accept", "offer-hearing"):
        await done(district, zhang.number, act, **BEFORE[act])
    assert (await zhang.asks("withdraw-hearing-request")).code in ("wrong_phase", "hearing_not_requested")
    for act in ("request-hearing", "suspend"):
        await done(district, zhang.number, act, **BEFORE[act])
    await zhang.may("withdraw-hearing-request")
    asked = await zhang.asks("withdraw-hearing-request")
    assert asked.done, asked
    seen = await zhang.sees(asked.body["request"], "answered")
    assert seen["state"]["zh"] == "您已撤回听证申请。"
    (taken_back,) = await naming(district, zhang.number, asked.body["request"])
    assert taken_back["data"] == {"party": "applicant", "request": asked.body["request"]}
    assert (taken_back["type"], taken_back["actor"]) == ("sanji.case.HearingRequestWithdrawn.v1", "service")
    case = (await district.case(zhang.number)).case
    assert (case["hearing"]["taken_back"], case["clock"]) == (["applicant"], "running")
    assert (await zhang.asks("request-hearing")).code == "hearing_taken_back"
    assert (await zhang.asks("withdraw-hearing-request")).code == "hearing_not_requested"
    await system.holds()


@pytest.mark.timeout(400)
async def test_a_portal_killed_before_it_could_publish_still_asks_and_asks_once(system: System) -> None:
    township, zhang = system.clerk(SHANGYAO), await citizen(system, SHANGYAO)
    await system.at_rest()
    key = uuid4().hex
    await asyncio.to_thread(system.stack.kafka.kill9)
    try:
        asked = await zhang.asks("urge", key)
        assert asked.done, asked
        await system.kill9("portal")
    finally:
        await asyncio.to_thread(system.stack.kafka.start)
    assert await naming(township, zhang.number, asked.body["request"]) == []
    await system.start("portal")
    await zhang.sees(asked.body["request"], "answered")
    assert (await zhang.asks("urge", key)).body["request"] == asked.body["request"]
    await system.holds()
    assert len(await naming(township, zhang.number, asked.body["request"])) == 1


@pytest.mark.timeout(400)
async def test_a_request_waits_for_an_office_that_is_away(system: System) -> None:
    district, zhang = system.clerk(DATONG), await citizen(system, DATONG)
    await system.at_rest()
    await system.kill9("district")
    try:
        asked = await zhang.asks("withdraw")
        assert asked.done, asked
        said = await until(lambda: system.status("portal"), lambda said: said.get("queues", {}).get("due") == 1)
        assert said["relay"]["leads"]
    finally:
        await system.start("district")
    told = {"request": asked.body["request"], "asked": "withdraw", "ground": "not_the_applicant"}
    await done(district, zhang.number, "decline-request", **told)
    await zhang.sees(asked.body["request"], "declined")
    await system.holds()
