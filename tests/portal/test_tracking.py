"""Tracking: the right code opens a case, and nothing else does."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from contracts.case import (
    CaseAccepted,
    CaseClaimed,
    CaseReceived,
    CaseReferred,
    CaseReturned,
    Limit,
    MissingMaterial,
    ReferralAcknowledged,
    StepCompleted,
    SupplementRequested,
)
from contracts.fields import Plain
from contracts.inbox import TrackingKey
from services.portal import tries
from services.portal.tracking_keys import TrackingKeys
from services.runtime import base64url
from services.runtime.tracking import grouped, make_tracking
from tests.portal.conftest import CHEAP, Portal
from tests.portal.histories import CITY, DISTRICT, TOWNSHIP, History, minutes

CODE, OTHER = "K7QMT4WXRA", "K7QMT4WXRC"
NUMBER = f"{TOWNSHIP}-20261119-0017"


async def message(history: History, code: str = CODE) -> TrackingKey:
    """What the receiving unit's service sends."""
    with ThreadPoolExecutor(1) as executor:
        parts = await make_tracking(executor, code, history.key, history.number, CHEAP)
    return TrackingKey(
        source=history.number.partition("-")[0],
        case=history.number,
        salt=base64url.encode(parts.salt),
        memory_kib=parts.cost.memory_kib,
        passes=parts.cost.passes,
        lanes=parts.cost.lanes,
        verifier=base64url.encode(parts.verifier),
        wrapped_key=base64url.encode(parts.wrapped_key),
    )


async def keep(portal: Portal, *messages: TrackingKey) -> dict[int, str]:
    async with portal.log.pool.acquire() as connection, connection.transaction():
        return await TrackingKeys().keep(connection, messages)


def travelled() -> History:
    """Received, a supplement asked for with a note, accepted, worked on, and offered to the district."""
    note = Plain("身份证复印件请双面复印。")
    missing = (MissingMaterial(kind="identity", reason="illegible"), MissingMaterial(kind="x-9", reason="r-77"))
    limits = (Limit(clock="statutory", days=20), Limit(clock="committed", days=5))
    applicant = Plain("张三 340401198001011234")
    receipt = CaseReceived(item="business-licence", item_version=1, channel="window", applicant=applicant)
    return (
        History(NUMBER)
        .write(TOWNSHIP, receipt, minutes(0))
        .write(TOWNSHIP, CaseClaimed(person="clerk-77"), minutes(1))
        .write(TOWNSHIP, SupplementRequested(missing=missing, note=note), minutes(2))
        .write(TOWNSHIP, CaseAccepted(accepted_on=minutes(0).date(), limits=limits), minutes(3))
        .write(TOWNSHIP, StepCompleted(step="T-1", outcome="done", note=Plain("内部意见")), minutes(4))
        .write(TOWNSHIP, StepCompleted(step="T-2", outcome="done"), minutes(5))
        .write(TOWNSHIP, CaseReferred(to=DISTRICT, referral="forward_up", reason="route"), minutes(6))
    )  # fmt: skip


async def ask(http: httpx.AsyncClient, code: str = CODE, number: str = NUMBER) -> httpx.Response:
    return await http.post("/api/v1/track", json={"number": number, "code": code})


@pytest.fixture
async def case(portal: Portal) -> History:
    history = travelled()
    await portal.add(history)
    assert await keep(portal, await message(history)) == {}
    return history


async def test_the_right_code_opens_the_case_in_both_languages(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    answer = await ask(http, grouped(CODE).lower())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found = answer.json()
    assert found["phase"] == {"code": "accepted", "zh": "已受理", "en": "Accepted"}
    district = portal.book.units[DISTRICT].name
    assert found["where"] == {"zh": f"正在转往{district}途中", "en": f"On its way to {district}"}
    assert found["since"] == "2026-11-19T01:06:00.000000Z"
    assert found["promise"]["zh"] == "自2026年11月19日起 5 个工作日内办结"
    assert found["timeline"][1]["note"] == "身份证复印件请双面复印。"
    assert [paper["zh"] for paper in found["missing"]][1] == "其他材料：请补交"
    lines = [step["zh"] for step in found["timeline"]]
    township = portal.book.units[TOWNSHIP].name
    assert lines == [
        f"{township}已收到您的申请材料。",
        f"{township}需要您补交材料。",
        f"{township}已受理您的申请。",
        f"{township}完成一个办理环节。",
        f"已转报{district}。",
    ]
    assert found["timeline"][3]["times"] == 2
    for internal in ("张三", "内部意见", "clerk-77", "x-9", "r-77", "T-1", "route"):
        assert internal not in answer.text


async def test_the_state_follows_the_case(portal: Portal, http: httpx.AsyncClient, case: History) -> None:
    district = portal.book.units[DISTRICT].name
    await portal.add(case.arrives())
    assert (await ask(http)).json()["where"]["zh"] == f"已转至{district}，待签收"
    await portal.add(case.write(DISTRICT, ReferralAcknowledged(person="clerk-2"), minutes(20)))
    assert (await ask(http)).json()["where"]["zh"] == f"由{district}办理"
    await portal.add(case.write(DISTRICT, CaseReturned(to=TOWNSHIP, purpose="handled"), minutes(30)))
    found = (await ask(http)).json()
    assert found["where"]["zh"].startswith("正在转往")
    assert found["since"] == "2026-11-19T01:30:00.000000Z"


async def test_a_wrong_code_and_an_unknown_number_are_answered_alike(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    wrong = await ask(http, OTHER)
    unknown = await ask(http, number=f"{TOWNSHIP}-20261119-9999")
    misspelt = await ask(http, "0000")
    assert wrong.status_code == unknown.status_code == misspelt.status_code == 403
    assert wrong.content == unknown.content == misspelt.content
    assert wrong.json()["code"] == "wrong_code"


async def test_a_code_that_cannot_be_checked_yet_is_answered_like_every_wrong_one_and_told_to_come_again(
    portal: Portal, http: httpx.AsyncClient
) -> None:
    history = travelled()
    await portal.add(history)
    too_early = await ask(http)
    unknown = await ask(http, number=f"{TOWNSHIP}-20261119-9999")
    # Whoever guesses learns no number by it: what is said of this case is said of all.
    assert (too_early.status_code, too_early.content) == (403, unknown.content)
    assert "a few minutes" in too_early.json()["detail"]
    page = await http.post("/track", data={"number": NUMBER, "code": CODE})
    assert "暂时无法核验" in page.text
    await keep(portal, await message(history))
    assert (await ask(http, OTHER)).content == too_early.content
    assert (await ask(http)).status_code == 200


async def test_ten_wrong_tries_an_hour_from_one_address_and_nobody_else_is_locked_out(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    answers = await asyncio.gather(*(ask(http, OTHER) for _ in range(15)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {403, 429}
    tried = statuses.count(403)
    # Tries at one instant count each other, so that fewer than ten of them may have been let in.
    while (answer := await ask(http, OTHER)).status_code == 403:
        tried += 1
    assert tried == tries.AT_A_NUMBER
    assert answer.headers["retry-after"] == "600"
    assert (await ask(http)).status_code == 429, "the right code too waits, or the tries would go on"
    assert (await (await portal.parts.tracking.open(NUMBER, CODE, "203.0.113.9")).shown()).number == NUMBER
    booked = await portal.log.pool.fetchval("select count(*) from track_try")
    assert booked == tries.AT_A_NUMBER
    await portal.log.pool.execute("update track_try set at = at - interval '61 minutes'")
    assert (await ask(http)).status_code == 200
    assert await portal.log.pool.fetchval("select count(*) from track_try") == 0


async def test_one_address_cannot_try_one_code_on_many_numbers(portal: Portal, http: httpx.AsyncClient) -> None:
    numbers = [f"{TOWNSHIP}-20261119-{serial:04d}" for serial in range(1, tries.FROM_AN_ADDRESS + 2)]
    statuses = [(await ask(http, CODE, number)).status_code for number in numbers]
    assert statuses == [403] * tries.FROM_AN_ADDRESS + [429]


async def test_guesses_from_many_addresses_wait_their_turn_and_the_citizen_gets_through(
    portal: Portal, http: httpx.AsyncClient, case: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tries, "SLOW_SECONDS", 0.05)
    await portal.log.pool.execute(
        "insert into track_try (stream, address) select $1, decode(md5(n::text), 'hex') from generate_series(1, 40) n",
        NUMBER,
    )
    began = asyncio.get_running_loop().time()
    answers = await asyncio.gather(*(ask(http) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [200] * 4
    assert asyncio.get_running_loop().time() - began >= 4 * 0.05


async def test_only_the_receiving_unit_says_how_a_case_is_opened_and_the_first_word_stays(
    portal: Portal, http: httpx.AsyncClient, case: History
) -> None:
    good = await message(case, OTHER)
    forged = good.model_copy(update={"source": CITY})
    heavy = good.model_copy(update={"memory_kib": 2**22})
    short = good.model_copy(update={"verifier": "AAAA"})
    assert await keep(portal, forged, heavy, short, good) == {
        0: "not_the_receiver",
        1: "cannot_open",
        2: "cannot_open",
    }
    assert (await ask(http)).status_code == 200
    assert (await ask(http, OTHER)).status_code == 403


async def test_a_key_that_came_before_its_case_waits_for_it(portal: Portal, http: httpx.AsyncClient) -> None:
    history = travelled()
    assert await keep(portal, await message(history)) == {}
    answer = await ask(http)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_here_yet")
    await portal.add(history)
    assert (await ask(http)).status_code == 200


async def test_a_body_that_does_not_fit_is_a_problem(http: httpx.AsyncClient) -> None:
    for body, status in (
        ({"number": NUMBER}, 422),
        ({"number": "x", "code": CODE}, 422),
        ({"number": NUMBER, "code": CODE, "more": 1}, 422),
        ({"number": NUMBER, "code": "x" * 65}, 422),
        ({"number": NUMBER, "code": 5}, 422),
        ({"number": NUMBER, "code": "x" * 5000}, 413),
    ):
        answer = await http.post("/api/v1/track", json=body)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert CODE not in answer.text


async def test_a_note_that_was_moved_is_left_out_and_the_rest_is_shown(portal: Portal, http: httpx.AsyncClient) -> None:
    history = travelled()
    await portal.add(history)
    other = replace(history, key=bytes(32))
    assert await keep(portal, await message(other)) == {}
    found = (await ask(http)).json()
    assert found["timeline"][1]["note"] is None
    assert len(found["timeline"]) == 5
