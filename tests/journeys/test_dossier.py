"""What lies in a dossier beside the application: asked elsewhere, heard, paid, issued under numbers without gaps."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from services.casework.moment import local_day
from services.office.dossier_bodies import IssueNotice
from tests.journeys.clerk import Answer, Clerk
from tests.journeys.fitting import done, received
from tests.journeys.fitting_dossier import ASKED, CERTIFICATE, PAID, RECORD, body_at, history, in_a_month
from tests.journeys.places import CITY, DATONG, PENSION, REGISTRATION, SHANGYAO, TIANJIAAN
from tests.journeys.system import System
from tests.journeys.waiting import until
from tests.lawclock.office import CLERK, KEYS, office

GRANTED = {"outcome": "granted"}
SAYS = {"consultation": "C-1", "answer": "同意。"}


async def types(clerk: Clerk, number: str) -> list[str]:
    return [event["type"].split(".")[2] for event in await history(clerk, number)]


async def asked_of(clerk: Clerk) -> set[str]:
    """The cases on which a department of this unit is still to answer."""
    return {case["number"] for case in await clerk.listed("/inbox", which="asked")}


async def seen(clerk: Clerk, number: str) -> Answer:
    """The case, once this unit's service has it."""
    return await until(lambda: clerk.case(number), lambda answer: answer.done)


async def test_a_body_at_another_unit_gets_the_case_and_its_key_and_its_answer_reaches_the_holder(
    system: System,
) -> None:
    township, city, other = (system.clerk(unit) for unit in (SHANGYAO, CITY, TIANJIAAN))
    await body_at(system, CITY, known_at=SHANGYAO)
    number = await received(township, REGISTRATION)
    await done(township, number, "accept")
    assert (await city.case(number)).code == "case_unknown"
    assert number not in await asked_of(city)
    await done(township, number, "open-consultation", **ASKED, unit=CITY)
    # Custody stays, and the holder writes on while the case is on its way.
    await done(township, number, "complete-step", step="review", outcome="passed")

    asked = (await seen(city, number)).case
    assert asked["custody"]["unit"] == SHANGYAO
    assert [one["unit"] for one in asked["consultations"]] == [CITY]
    await until(lambda: asked_of(city), lambda found: number in found)
    assert (await other.case(number)).code == "case_unknown"
    assert (await city.act(number, "complete-step", step="sign", outcome="passed")).code == "case_unknown"
    assert (await township.act(number, "answer-consultation", **SAYS)).code == "answered_elsewhere"
    waits = await township.act(number, "decide", **GRANTED)
    assert (waits.status, waits.code) == (409, "consultations_open")

    key = uuid4().hex
    submitted = await city.surely(f"/cases/{number}/submit-consultation-answer", SAYS, key)
    assert submitted.body["request"]
    again = await city.surely(f"/cases/{number}/submit-consultation-answer", SAYS, key)
    assert again.body["request"] == submitted.body["request"]
    await until(lambda: township.case(number), lambda answer: not answer.case["consultations"])
    answered = (await history(township, number))[-1]
    assert answered["type"] == "sanji.case.ConsultationAnswered.v1"
    assert answered["data"]["request"] == submitted.body["request"]
    assert answered["data"]["answer"].startswith("v1."), "sealed again under the case's key"
    await done(township, number, "decide", **GRANTED)
    await system.holds()
    assert await types(city, number) == await types(township, number)
    assert number not in await asked_of(city)


async def test_a_decision_that_does_not_wait_says_why_and_a_late_answer_is_declined(system: System) -> None:
    district, city = system.clerk(DATONG), system.clerk(CITY)
    await body_at(system, CITY, known_at=DATONG)
    number = await received(district, REGISTRATION)
    await done(district, number, "accept")
    await done(district, number, "open-consultation", **ASKED, unit=CITY)
    await seen(city, number)
    await done(district, number, "decide", **GRANTED, without_answer="agreed_by_telephone")
    decided = (await history(district, number))[-1]["data"]
    assert decided["without_answer"] == "agreed_by_telephone"
    await city.sees(number, phase="decided")
    assert (await city.act(number, "submit-consultation-answer", **SAYS)).code == "not_consulted"
    await system.holds()


async def test_a_question_that_says_nothing_else_is_to_be_answered_in_the_days_of_the_service(system: System) -> None:
    district = system.clerk(DATONG)
    await body_at(system, DATONG)
    number = await received(district, REGISTRATION)
    await done(district, number, "open-consultation", **ASKED)
    await done(district, number, "open-consultation", **{**ASKED, "consultation": "C-2", "days": 3})
    opened = [event["data"] for event in (await history(district, number))[1:]]
    assert [one["days"] for one in opened] == [7, 3]


async def heard(importer: Clerk) -> str:
    """A case of the last month in which a hearing was told, asked for, announced and held; settled."""
    start = datetime.now(UTC) - timedelta(days=30)
    hold_on = local_day(start) + timedelta(days=20)

    def on(day: int) -> str:
        return (start + timedelta(days=day)).isoformat()

    number = await received(importer, PENSION, imported=True, at=on(0))
    await done(importer, number, "accept", at=on(0))
    await done(importer, number, "hear-parties", parties=2, note="双方均到场", at=on(1))
    await done(importer, number, "offer-hearing", reason="heavy_interest", at=on(1))
    await done(importer, number, "waive-hearing", party="applicant", digest=RECORD, at=on(1))
    assert (await importer.act(number, "decide", **GRANTED, at=on(1))).code == "hearing_awaited"
    await done(importer, number, "request-hearing", party="interested_party", at=on(1))
    await done(importer, number, "suspend", ground="hearing", expected_days=15, notice="N-1", at=on(1))
    day = {"held_on": hold_on.isoformat(), "record": RECORD, "at": on(20)}
    assert (await importer.act(number, "hold-hearing", **day)).code == "hearing_not_announced"
    soon = (local_day(start) + timedelta(days=8)).isoformat()
    told = await importer.act(number, "announce-hearing", hold_on=soon, place="room-1", at=on(1))
    assert (told.status, told.code) == (422, "hearing_too_soon")
    await done(importer, number, "announce-hearing", hold_on=hold_on.isoformat(), place="room-1", at=on(1))
    early = await importer.act(number, "hold-hearing", **{**day, "held_on": soon})
    assert (early.status, early.code) == (422, "hearing_on_another_day")
    await done(importer, number, "hold-hearing", **day)
    await done(importer, number, "resume", at=on(20))
    await done(importer, number, "settle")
    return number


async def test_a_hearing_whose_request_was_taken_back_is_called_off_and_the_decision_waits_no_longer(
    system: System,
) -> None:
    clerk = system.clerk(DATONG)
    number = await received(clerk, REGISTRATION)
    await done(clerk, number, "accept")
    await done(clerk, number, "offer-hearing", reason="heavy_interest")
    await done(clerk, number, "waive-hearing", party="interested_party", digest=RECORD)
    await done(clerk, number, "request-hearing", party="applicant")
    await done(clerk, number, "suspend", ground="hearing", expected_days=15, notice="N-1")
    await done(clerk, number, "announce-hearing", **in_a_month())
    refused = await clerk.act(number, "call-off-hearing", reason="settled")
    assert (refused.status, refused.code) == (409, "hearing_requested")
    await done(clerk, number, "withdraw-hearing-request", party="applicant", digest=RECORD)
    assert (await clerk.act(number, "decide", **GRANTED)).code == "hearing_awaited"
    key = uuid4().hex
    off, again = [await clerk.surely(f"/cases/{number}/call-off-hearing", {"reason": "settled"}, key) for _ in range(2)]
    assert off.done, off
    assert again.case == off.case
    hearing = off.case["hearing"]
    assert (hearing["requested_by"], hearing["taken_back"], hearing["announced"]) == ([], ["applicant"], None)
    assert (hearing["called_off"], off.case["clock"]) == (True, "running")
    assert (await types(clerk, number))[-2:] == ["HearingCalledOff", "CaseResumed"]
    limits = (await clerk.get(f"/cases/{number}/deadline")).body["limits"]
    assert [one["stopped"] is not None for one in limits if one["clock"] == "hearing"] == [True]
    await done(clerk, number, "decide", **GRANTED)
    await system.holds()


async def test_a_whole_dossier_from_the_hearing_to_the_shelf_and_back(system: System) -> None:
    clerk, head = system.clerk(DATONG), system.clerk(DATONG, "head")
    number = await heard(system.clerk(DATONG, "approver", "integrator"))
    today = local_day(datetime.now(UTC))
    assert (await clerk.act(number, "pay-fee", **PAID)).code == "fee_not_assessed"
    await done(clerk, number, "assess-fee")
    await done(clerk, number, "waive-fee", amount=400, basis="低保户")
    assert (await clerk.act(number, "pay-fee", **PAID)).code == "more_than_due"
    await done(clerk, number, "pay-fee", **{**PAID, "amount": 600})
    assert (await clerk.act(number, "decide", **GRANTED)).code == "not_on_the_record"
    await done(clerk, number, "decide", **GRANTED, hearing=RECORD)
    await done(clerk, number, "issue-certificate", **CERTIFICATE)
    (issued,) = (await clerk.case(number)).case["certificates"]
    assert issued["number"].startswith(f"{DATONG}.cert.licence.{today.year}-")
    named = {"certificate_number": issued["number"]}
    await done(clerk, number, "correct-certificate", **named, ground="misspelt", digest="aa" * 32)
    await done(clerk, number, "conclude", outcome="issued")
    assert (await clerk.act(number, "archive", retention_years=10, shelf="A-1")).code == "not_delivered"
    await done(clerk, number, "deliver", how="window")
    await done(clerk, number, "archive", retention_years=10, shelf="A-1")
    assert (await clerk.act(number, "refund-fee", amount=1, method="cash", voucher="R", reason="r")).code == "archived"
    case = (await head.act(number, "reopen", ground="court", document="D-1")).case
    assert (case["phase"], case["outcome"], case["archived"]) == ("accepted", None, False)
    assert case["fees"] == {"assessed": 1000, "waived": 400, "paid": 600, "refunded": 0, "due": 0}
    await done(clerk, number, "revoke-certificate", **named, ground="court")
    await done(clerk, number, "refund-fee", amount=600, method="card", voucher="R-1", reason="court")
    await system.holds()


async def test_notices_of_a_unit_and_year_are_numbered_without_gap_whoever_is_refused_between(system: System) -> None:
    clerk = system.clerk(TIANJIAAN)
    numbers = [await received(clerk, REGISTRATION) for _ in range(20)]
    paper = {"notice": "acceptance", "seal": "S-1", "digest": RECORD}
    for number in numbers[::2]:
        await done(clerk, number, "accept")
    keys = [uuid4().hex for _ in numbers]
    issued = await asyncio.gather(
        *(clerk.surely(f"/cases/{n}/issue-notice", paper, k) for n, k in zip(numbers, keys, strict=True))
    )
    assert [one.done for one in issued] == [True, False] * 10
    assert {one.code for one in issued[1::2]} == {"nothing_to_tell"}
    year = local_day(datetime.now(UTC)).year
    given = [one.case["notices"][0]["number"] for one in issued[::2]]
    assert sorted(given) == [f"{TIANJIAAN}.acceptance.{year}-{n:04d}" for n in range(1, 11)]
    again = await clerk.surely(f"/cases/{numbers[0]}/issue-notice", paper, keys[0])
    assert again.case["notices"] == issued[0].case["notices"]


@pytest.mark.timeout(120)
async def test_two_programs_of_one_unit_give_out_each_number_once(database: str, tmp_path: Path) -> None:
    async with (
        office(database, tmp_path, "2026-03-02 09:00") as one,
        office(database, tmp_path, "2026-03-02 09:00", units=False) as two,
    ):
        numbers = [await one.receive() for _ in range(24)]
        await two.seen()
        body = IssueNotice(notice="receipt", seal="S-1", digest=RECORD)

        async def issue(at: int, number: str) -> str:
            acts = (one, two)[at % 2].acts
            done = await acts.perform("issue_notice", number, CLERK, f"k{next(KEYS)}", None, body)
            return done.case.dossier.notices[0].number

        given = await asyncio.gather(*(issue(at, number) for at, number in enumerate(numbers)))
        series = f"{CLERK.unit}.receipt.2026"
        assert sorted(given) == [f"{series}-{n:04d}" for n in range(1, 25)]
        # What a restored database has read back of its own is in the log alone.
        await one.log.pool.execute("delete from paper_number")
    async with office(database, tmp_path / "again", "2026-03-02 10:00", units=False) as three:
        number = (await three.log.pool.fetchval("select min(stream) from cases")) or numbers[0]
        body = IssueNotice(notice="receipt", seal="S-1", digest="ab" * 32)
        done = await three.acts.perform("issue_notice", number, CLERK, f"k{next(KEYS)}", None, body)
        assert done.case.dossier.notices[-1].number == f"{series}-0025"
