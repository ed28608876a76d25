"""A case travels from township to district to city and back, live, on real parts."""

from typing import Any

from tests.journeys.clerk import Answer, Clerk
from tests.journeys.places import CITY, DATONG, LUOHE, PENSION, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

EVERYWHERE = ("township", "district", "city")
IDENTITY = {"kind": "identity", "sha256": "ab" * 32, "form": "copy"}
PHOTO = {"kind": "photo", "sha256": "cd" * 32, "form": "original"}


async def chain_of(system: System, number: str, *tiers: str) -> list[str]:
    """The names of the case's events, once these services have the same chain of it."""

    async def look() -> list[list[bytes]]:
        return [await record_lines(system, tier, number) for tier in tiers]

    copies = await until(look, lambda seen: seen[0] and all(copy == seen[0] for copy in seen))
    history = await system.clerk(SHANGYAO).get(f"/cases/{number}/history")
    assert len(history.body["events"]) == len(copies[0])
    return [event["type"].split(".")[2] for event in history.body["events"]]


async def record_lines(system: System, tier: str, number: str) -> list[bytes]:
    url = f"{system.services[tier].url}/api/v1/cases/{number}/chain"
    found = await system.http.get(url, headers={"Authorization": f"Bearer {system.operator}"})
    return found.content.splitlines() if found.status_code == 200 else []


async def done(doing: Any) -> Answer:
    found: Answer = await doing
    assert found.done, found.body
    return found


async def offered(system: System) -> tuple[str, Clerk, Clerk]:
    """A case received at the township and offered to the district, where it has arrived."""
    township, district = system.clerk(SHANGYAO), system.clerk(DATONG)
    number = (await township.receive()).number
    await done(township.act(number, "refer", to=DATONG, kind="forward_up", reason="route"))
    await district.arrived(number)
    return number, township, district


async def test_a_case_goes_up_two_tiers_is_decided_and_its_result_comes_home(system: System) -> None:
    number, township, district = await offered(system)
    city = system.clerk(CITY)
    await done(district.act(number, "acknowledge"))
    await done(district.act(number, "accept"))
    await done(district.act(number, "start-step", step="review", persons=["A01"]))
    await done(district.act(number, "complete-step", step="review", outcome="passed", note="齐全"))
    await done(district.act(number, "refer", to=CITY, kind="preliminary_review", reason="route", opinion="同意上报"))
    await city.arrived(number)
    await done(city.act(number, "acknowledge"))
    await done(city.act(number, "decide", outcome="granted"))
    await done(city.act(number, "conclude", outcome="issued"))
    await done(city.act(number, "return", to=SHANGYAO, purpose="deliver_result", note="请通知申请人"))
    await township.arrived(number)
    delivered = await done(township.act(number, "deliver", how="window", to_whom="张三"))
    assert delivered.case["phase"] == "delivered"
    await district.sees(number, phase="delivered")
    await city.sees(number, phase="delivered")
    assert await chain_of(system, number, *EVERYWHERE) == [
        "CaseReceived",
        "CaseReferred",
        "HandoverArrived",
        "ReferralAcknowledged",
        "CaseAccepted",
        "StepStarted",
        "StepCompleted",
        "CaseReferred",
        "HandoverArrived",
        "ReferralAcknowledged",
        "CaseDecided",
        "CaseConcluded",
        "CaseReturned",
        "HandoverArrived",
        "ResultDelivered",
    ]


async def test_while_a_case_is_with_others_its_sender_reads_it_and_may_not_write(system: System) -> None:
    number, township, district = await offered(system)
    refused = await township.act(number, "accept")
    assert (refused.status, refused.code) == (409, "not_holder")
    assert refused.body["state"]["custody"]["to"] == DATONG
    early = await district.act(number, "accept")
    assert (early.status, early.code) == (409, "not_acknowledged")
    assert (await system.clerk(CITY).case(number)).status == 404
    assert (await system.clerk(LUOHE).act(number, "accept")).status == 404
    inbox = await district.listed("/inbox")
    assert number in [case["number"] for case in inbox]
    await done(district.act(number, "acknowledge"))
    await township.sees(number, state="held", unit=DATONG)


async def test_a_recall_before_acknowledgement_is_granted_without_anybody(system: System) -> None:
    number, township, district = await offered(system)
    request = (await done(township.act(number, "request-recall", reason="mistake"))).body["request"]
    await township.sees(number, state="held", unit=SHANGYAO)
    late = await district.act(number, "acknowledge")
    assert (late.status, late.code) == (409, "not_holder")
    await township.arrived(number)
    await done(township.act(number, "accept"))
    assert (await chain_of(system, number, "township", "district"))[3:] == [
        "ReferralRecalled",
        "HandoverArrived",
        "CaseAccepted",
    ]
    records = await record_lines(system, "district", number)
    assert request.encode() in records[3]


async def test_a_recall_after_acknowledgement_is_answered_by_a_person(system: System) -> None:
    number, township, district = await offered(system)
    await done(district.act(number, "acknowledge"))
    await township.sees(number, state="held", unit=DATONG)
    late = await township.act(number, "request-recall", reason="mistake")
    assert late.done, late
    request = late.body["request"]
    await done(district.act(number, "return", to=SHANGYAO, purpose="correction", request=request))
    await township.arrived(number)
    assert (await chain_of(system, number, "township", "district"))[-2:] == ["CaseReturned", "HandoverArrived"]


async def test_a_recall_after_acknowledgement_may_be_declined(system: System) -> None:
    number, township, district = await offered(system)
    await done(district.act(number, "acknowledge"))
    await township.sees(number, state="held", unit=DATONG)
    request = (await done(township.act(number, "request-recall", reason="mistake"))).body["request"]
    await done(district.act(number, "decline-request", request=request, asked="recall", ground="work_begun"))
    again = await district.act(number, "return", to=SHANGYAO, purpose="handled", request=request)
    assert (again.status, again.code) == (409, "request_answered")
    assert (await chain_of(system, number, "township", "district"))[-1] == "RequestDeclined"


async def test_a_supervisor_above_urges_once_a_day_and_nobody_has_to_write_it(system: System) -> None:
    number, township, district = await offered(system)
    await done(district.act(number, "acknowledge"))
    await done(district.act(number, "return", to=SHANGYAO, purpose="supplement"))
    await township.arrived(number)
    supervisor = system.clerk(DATONG, "supervisor")
    await done(supervisor.act(number, "request-urging", level="yellow"))
    await until(lambda: record_lines(system, "district", number), lambda seen: b"CaseUrged" in seen[-1])
    again = await supervisor.act(number, "request-urging", level="yellow")
    assert (again.status, again.code) == (409, "urged_today")
    # The stronger card of the centre's own supervisor.
    await done(system.clerk(SHANGYAO, "supervisor").act(number, "request-urging", level="red"))
    await until(lambda: record_lines(system, "district", number), lambda seen: b'"level":"red"' in seen[-1])
    chain = await chain_of(system, number, "township", "district")
    assert chain[-4:] == ["CaseReturned", "HandoverArrived", "CaseUrged", "CaseUrged"]


async def test_the_third_refusal_puts_the_case_before_the_city(system: System) -> None:
    number, township, district = await offered(system)
    for _ in range(2):
        await done(district.act(number, "refuse", ground="wrong_area"))
        await township.arrived(number)
        await done(township.act(number, "refer", to=DATONG, kind="forward_up", reason="route"))
        await district.arrived(number)
    disputed = await done(district.act(number, "refuse", ground="wrong_area", note="不属本区"))
    assert disputed.case["custody"]["unit"] == CITY
    city = system.clerk(CITY)
    await city.arrived(number)
    await done(city.act(number, "refer", to=DATONG, kind="assign_down", reason="ruling"))
    await district.arrived(number)
    await done(district.act(number, "accept"))
    assert (await chain_of(system, number, *EVERYWHERE))[-5:] == [
        "CaseDisputed",
        "HandoverArrived",
        "CaseReferred",
        "HandoverArrived",
        "CaseAccepted",
    ]


async def test_a_refused_referral_gives_custody_back_at_once(system: System) -> None:
    number, township, district = await offered(system)
    refused = await done(district.act(number, "refuse", ground="papers_incomplete", note="缺照片"))
    assert refused.case["custody"]["unit"] == SHANGYAO
    await township.arrived(number)
    await done(township.act(number, "withdraw"))
    assert (await chain_of(system, number, "township", "district"))[-3:] == [
        "ReferralRefused",
        "HandoverArrived",
        "CaseWithdrawn",
    ]


async def test_a_case_assigned_down_is_held_below_at_once(system: System) -> None:
    city, district = system.clerk(CITY), system.clerk(DATONG)
    number = (await city.receive()).number
    assigned = await done(city.act(number, "refer", to=DATONG, kind="assign_down", reason="local"))
    assert assigned.case["custody"] | {"state": "held", "unit": DATONG} == assigned.case["custody"]
    await district.arrived(number)
    await done(district.act(number, "accept"))
    await city.sees(number, phase="accepted")


async def test_papers_that_are_missing_are_asked_for_once_and_come_to_whoever_holds_the_case(system: System) -> None:
    township, district = system.clerk(SHANGYAO), system.clerk(DATONG)
    number = (await township.receive(PENSION)).number
    await done(township.act(number, "refer", to=DATONG, kind="forward_up", reason="route"))
    await district.arrived(number)
    await done(district.act(number, "acknowledge"))
    partly = await district.act(number, "request-supplement", items=[{"kind": "photo", "reason": "missing"}])
    assert (partly.status, partly.code) == (422, "not_all_at_once")
    wanted = [{"kind": kind, "reason": "missing"} for kind in ("identity", "photo")]
    asked = await done(district.act(number, "request-supplement", items=wanted, note="请补齐"))
    assert asked.case["phase"] == "supplement_requested"
    await done(district.act(number, "return", to=SHANGYAO, purpose="supplement"))
    await township.arrived(number)
    partly = await done(township.act(number, "receive-supplement", materials=[IDENTITY]))
    assert partly.case["phase"] == "supplement_requested"
    whole = await done(township.act(number, "receive-supplement", materials=[PHOTO]))
    assert whole.case["phase"] == "received"
    await done(township.act(number, "accept"))
    await district.sees(number, phase="accepted")


async def test_an_application_that_is_not_taken_up_is_told_to_whoever_had_it(system: System) -> None:
    number, township, district = await offered(system)
    await done(district.act(number, "acknowledge"))
    await done(district.act(number, "decline", reason="not_within_authority", right_office="other_bureau"))
    await done(district.act(number, "return", to=SHANGYAO, purpose="deliver_result"))
    await township.arrived(number)
    delivered = await done(township.act(number, "deliver", how="window"))
    assert (delivered.case["phase"], delivered.case["outcome"]) == ("delivered", "declined")


async def test_afterwards_every_chain_and_every_view_is_sound(system: System) -> None:
    report = await system.holds()
    assert report.chains > len(system.services)
