"""Whoever looks after units from above sees what becomes due below, in its order."""

from datetime import timedelta

import httpx
import pytest

from contracts.case import CaseReceived, CaseReferred, ReferralAcknowledged
from contracts.fields import Plain
from services.office.deadline_check import differences
from tests.portal.conftest import Portal
from tests.portal.histories import CITY, DISTRICT, MORNING, TOWNSHIP, History, minutes, receipt_log


def received(serial: int, unit: str = TOWNSHIP) -> History:
    event = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("张三 13800000000"))
    return History(f"{unit}-20261119-{serial:04d}").write(unit, event, minutes(serial))


async def listed(http: httpx.AsyncClient, **query: str | int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    while True:
        page = (await http.get("/api/v1/dashboard/due", params=query)).json()
        found += page["cases"]
        if "next" not in page:
            return found
        query["cursor"] = page["next"]


async def test_a_referral_that_nobody_acknowledges_is_seen_by_those_above(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    sent = received(1).write(TOWNSHIP, CaseReferred(to=DISTRICT, referral="forward_up", reason="route"), minutes(5))
    await portal.add(sent.arrives(), received(2))
    (waiting,) = await listed(http, unit=CITY, clock="acknowledge")
    # A day after it arrived, at midnight in the office; that was long ago or is to come, whenever this runs.
    assert (waiting["number"], waiting["holder"], waiting["due"]) == (
        sent.number,
        DISTRICT,
        "2026-11-20T16:00:00.000000Z",
    )
    assert await listed(http, unit=TOWNSHIP, clock="acknowledge") == [], "it lies above this unit"
    assert {case["number"] for case in await listed(http, unit=DISTRICT)} == {sent.number, received(2).number}


def passed_on(serial: int) -> History:
    """Received in the district, and ten days later, when it is late already, passed on to the city."""
    up = CaseReferred(to=CITY, referral="forward_up", reason="route")
    return received(serial, DISTRICT).write(DISTRICT, up, minutes(serial) + timedelta(days=10)).arrives()


async def test_a_referral_that_nobody_acknowledges_is_listed_though_another_limit_ends_before(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    sent = [passed_on(serial) for serial in range(1, 6)]
    await portal.add(*sent, received(9))
    assert {case["clock"] for case in await listed(http, unit=CITY)} != {"acknowledge"}
    waiting = await listed(http, clock="acknowledge", limit=2)
    assert [case["number"] for case in waiting] == [one.number for one in sent]
    # They arrived on Sunday the 29th, so Monday is the day to take them.
    assert {case["due"] for case in waiting} == {"2026-11-30T16:00:00.000000Z"}
    portal.parts.boards.clock = portal.clock
    for days, light in ((10, "green"), (11, "amber"), (12, "red")):
        portal.clock.at = MORNING + timedelta(days=days)
        assert {case["light"] for case in await listed(http, clock="acknowledge")} == {light}
        for asked in ("amber", "red"):
            assert len(await listed(http, clock="acknowledge", light=asked)) == (5 if asked == light else 0)
    await portal.add(sent[0].write(CITY, ReferralAcknowledged(person="A01"), MORNING + timedelta(days=10, hours=1)))
    assert [case["number"] for case in await listed(http, clock="acknowledge")] == [one.number for one in sent[1:]]
    assert sent[0].number in {case["number"] for case in await listed(http, unit=CITY)}
    assert await differences(portal.log.pool) == []
    await portal.log.pool.execute("update deadline set acknowledge_due = null where stream = $1", sent[1].number)
    assert await differences(portal.log.pool) == [
        sent[1].number,
        f"count acknowledge {CITY}/green/2026-11-30/2026-12-01",
    ]


async def test_the_board_tells_the_superior_how_many_referrals_nobody_acknowledged_in_time(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    up = CaseReferred(to=DISTRICT, referral="forward_up", reason="route")
    sent = [received(serial).write(TOWNSHIP, up, minutes(serial + 5)).arrives() for serial in range(1, 4)]
    late = received(7).write(TOWNSHIP, up, minutes(8) + timedelta(days=4)).arrives()
    await portal.add(*sent, late)
    portal.parts.boards.clock = portal.clock

    async def told() -> list[dict[str, str | int]]:
        return (await http.get("/api/v1/dashboard/summary")).json()["unacknowledged"]

    portal.clock.at = MORNING
    assert await told() == [], "there is a working day to take them"
    portal.clock.at = MORNING + timedelta(days=4)
    assert await told() == [{"unit": DISTRICT, "superior": CITY, "open": 4, "overdue": 3}]
    page = (await http.get("/board", params={"lang": "zh"})).text
    assert "逾期未签收的转报、移送、交办" in page
    await portal.add(
        *(one.write(DISTRICT, ReferralAcknowledged(person="A01"), MORNING + timedelta(days=4)) for one in sent)
    )
    assert await told() == []
    assert await differences(portal.log.pool) == []


async def test_pages_give_each_open_case_once_by_the_day_it_is_due(portal: Portal, http: httpx.AsyncClient) -> None:
    await portal.add(*receipt_log(portal.book, 120), *(received(serial) for serial in range(1, 30)))
    every = await listed(http, limit=200)
    assert every == await listed(http, limit=7)
    order = [(case["due"], case["number"]) for case in every]
    assert order == sorted(order)
    assert len({number for _, number in order}) == len(order)
    summary = (await http.get("/api/v1/dashboard/summary")).json()
    lights = summary["totals"]["lights"]
    for light in ("red", "amber"):
        shown = await listed(http, light=light, limit=11)
        assert [case["number"] for case in shown] == [case["number"] for case in every if case["light"] == light]
        assert len(shown) == lights.get(light, 0)


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"unit": "349999"}, 404, "unit_unknown"),
        ({"unit": "x"}, 422, "invalid"),
        ({"clock": "sundial"}, 422, "invalid"),
        ({"light": "green"}, 422, "invalid"),
        ({"cursor": "yesterday~1"}, 422, "invalid"),
        ({"limit": 0}, 422, "invalid"),
        ({"colour": "red"}, 422, "invalid"),
    ],
)
async def test_a_question_that_does_not_fit_is_a_problem(
    http: httpx.AsyncClient, query: dict[str, str], status: int, code: str
) -> None:
    answer = await http.get("/api/v1/dashboard/due", params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
