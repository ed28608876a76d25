"""The board's figures are those of the cases themselves."""

from collections import Counter
from datetime import UTC, datetime

import httpx

from contracts.case import CaseReceived, CaseReferred, ReferralAcknowledged
from contracts.fields import Plain
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.office.supervision_view import SupervisionView
from services.runtime.rebuild import differences
from services.runtime.row import Draft
from services.runtime.sealed_events import seal_event
from services.runtime.sealing import new_case_key
from tests.portal.conftest import Portal
from tests.portal.histories import CITY, DISTRICT, TOWNSHIP, History, minutes, receipt_log
from tests.runtime.logs import rows


def received(serial: int, unit: str = TOWNSHIP) -> History:
    event = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=Plain("张三 13800000000"))
    return History(f"{unit}-20261119-{serial:04d}").write(unit, event, minutes(serial))


async def test_a_case_that_moves_up_is_counted_where_it_lies(portal: Portal, http: httpx.AsyncClient) -> None:
    case = received(1)
    await portal.add(case, received(2))
    found = (await http.get("/api/v1/dashboard/summary")).json()
    assert sum(found["totals"].pop("lights").values()) == 2, "each has a limit that runs, whatever day it is"
    assert found["totals"] | {"phases": None} == {
        "total": 2, "open": 2, "closed": 0, "transit": 0, "offered": 0, "phases": None,
    }  # fmt: skip
    assert {t["tier"]: t["open"] for t in found["tiers"]} == {"city": 0, "district": 0, "township": 2}

    case.write(TOWNSHIP, CaseReferred(to=DISTRICT, referral="forward_up", reason="route"), minutes(5))
    await portal.add(case)
    found = (await http.get("/api/v1/dashboard/summary")).json()
    assert {t["tier"]: (t["open"], t["transit"]) for t in found["tiers"]}["district"] == (1, 1)

    await portal.add(case.arrives())
    assert (await http.get("/api/v1/dashboard/summary")).json()["totals"]["offered"] == 1
    await portal.add(case.write(DISTRICT, ReferralAcknowledged(person="clerk-9"), minutes(9)))
    found = (await http.get("/api/v1/dashboard/summary")).json()
    assert (found["totals"]["offered"], found["totals"]["transit"]) == (0, 0)
    assert found["days"] == [{"day": "2026-11-19", "received": 2, "closed": 0}]
    flow = (await http.get("/api/v1/dashboard/flow")).json()
    assert flow["tiers"] == [{"from": "township", "to": "district", "n": 1, "kinds": {"forward_up": 1}}]
    assert flow["units"][0] | {"kinds": None} == {"from": TOWNSHIP, "to": DISTRICT, "n": 1, "kinds": None}


async def test_orders_that_wait_are_counted_by_unit_and_those_that_are_overdue_come_first(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    assert "h-orders" not in (await http.get("/")).text
    begun = datetime(2026, 1, 5, 1, tzinfo=UTC)
    for serial, (to, days) in enumerate([(DISTRICT, 1), (TOWNSHIP, 1), (TOWNSHIP, 3650), (DISTRICT, 3650)]):
        order = SupervisionOrdered(case=received(1).number, to=to, reason="overdue", days=days)
        answer = SupervisionAnswered(request=f"{serial}" * 32, answer=Plain("!"))
        stream = f"supervision/{serial}"
        events = [order, seal_event(answer, new_case_key(), stream, 2)] if serial == 0 else [order]
        written = rows(stream, events, unit=CITY, at=begun)
        await portal.log.append(Draft(stream, None, CITY, written[0].command, None, None, written))
    await portal.shown()
    waiting = (await http.get("/api/v1/dashboard/summary")).json()["orders"]
    assert waiting == [{"unit": TOWNSHIP, "open": 2, "overdue": 1}, {"unit": DISTRICT, "open": 1, "overdue": 0}]
    page = await http.get("/", headers={"Accept-Language": "zh"})
    assert "待答复督办" in page.text
    assert await differences(portal.log.pool, SupervisionView()) == []


async def test_pages_of_cases_and_of_events_give_each_once(portal: Portal, http: httpx.AsyncClient) -> None:
    histories = list(receipt_log(portal.book, 40))
    await portal.add(*histories)
    cases, after = [], ""
    while True:
        page = (
            await http.get("/api/v1/dashboard/cases", params={"limit": 7} | ({"after": after} if after else {}))
        ).json()
        cases += page["cases"]
        if "next" not in page:
            break
        after = page["next"]
    assert [case["number"] for case in cases] == sorted(history.number for history in histories)
    by_number = {history.number: history.case for history in histories}
    for case in cases:
        state = by_number[case["number"]]
        assert state is not None
        assert (case["phase"], case["steps"]) == (state.phase, state.steps_completed)
        assert case["suspensions"] == len(state.times.suspensions)
        asked = state.times.consultations
        assert (case["consultations"], case["answers"]) == (len(asked), sum(q.until is not None for q in asked))
        assert len(case["path"]) == len(case["passes"]) + 1 == len(state.path) + 1
        assert case["receiver"] == case["path"][0]

    events, before = [], None
    while True:
        page = (
            await http.get("/api/v1/dashboard/latest", params={"limit": 150} | ({"before": before} if before else {}))
        ).json()
        events += page["events"]
        if "next" not in page:
            break
        before = page["next"]
    assert [event["pos"] for event in events] == sorted((event["pos"] for event in events), reverse=True)
    wanted = Counter(row.stream for history in histories for row in history.rows)
    assert Counter(event["number"] for event in events) == wanted

    summary = (await http.get("/api/v1/dashboard/summary")).json()
    assert summary["totals"]["total"] == len(cases)
    assert summary["totals"]["closed"] == sum(case["closed"] for case in cases)
    assert sum(unit["total"] for unit in summary["units"]) == len(cases)
    counted = {what: sum(case[what] for case in cases) for what in ("consultations", "answers", "suspensions")}
    assert summary["law"] == {"deemed": 0, **counted}
    assert counted["suspensions"], "a case that was held is among them"
    assert sum(item["open"] + item["closed"] for item in summary["items"]) == len(cases)
    flow = (await http.get("/api/v1/dashboard/flow")).json()
    assert (
        sum(f["n"] for f in flow["units"]) == sum(f["n"] for f in flow["tiers"]) == sum(len(c["passes"]) for c in cases)
    )


async def test_nothing_that_identifies_a_citizen_is_on_the_board(portal: Portal, http: httpx.AsyncClient) -> None:
    await portal.add(received(1))
    for address in ("summary", "flow", "latest", "cases"):
        text = (await http.get(f"/api/v1/dashboard/{address}")).text
        assert "张三" not in text
        assert "applicant" not in text
        assert "v1." not in text.replace("Received.v1", "")
    page = (await http.get("/")).text
    assert "张三" not in page
    assert f"{TOWNSHIP}-20261119-0001" in page


async def test_a_query_that_does_not_fit_is_a_problem(http: httpx.AsyncClient) -> None:
    for query in ("limit=0", "limit=x", "after=x", "no=1", "limit=1001"):
        answer = await http.get(f"/api/v1/dashboard/cases?{query}")
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"


async def test_a_district_opens_into_its_units(portal: Portal, http: httpx.AsyncClient) -> None:
    await portal.add(received(1), received(2, CITY))
    closed = (await http.get("/")).text
    assert f'id="unit-unit-{TOWNSHIP}"' not in closed
    opened = (await http.get(f"/?district={DISTRICT}")).text
    assert f'id="unit-unit-{TOWNSHIP}"' in opened
    assert (await http.get("/?district=nonsense")).status_code == 200
