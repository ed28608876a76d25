"""What lies sealed in a case is opened for whoever works on it, who says why; each reading is noted, no text is."""

import json
from typing import Any
from uuid import uuid4

from tests.journeys.clerk import ZHANG, Answer, Clerk
from tests.journeys.fitting import done
from tests.journeys.fitting_dossier import ASKED, body_at
from tests.journeys.places import CITY, DATONG, LUOHE, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

NOTE, QUESTION = "请当面核对户口本原件", "该地址是否属实？"


async def texts(clerk: Clerk, number: str, why: str = "examination") -> Answer:
    return await clerk.get(f"/cases/{number}/texts", reason=why)


def said(answer: Answer) -> dict[tuple[str, str], str]:
    """By event and field."""
    assert answer.done, answer
    return {(one["event"], one["field"]): one["text"] for one in answer.body["texts"]}


async def test_who_holds_the_case_reads_its_texts_and_who_passed_it_on_does_not(system: System) -> None:
    township, district = system.clerk(SHANGYAO), system.clerk(DATONG)
    number = (await township.receive()).number
    assert json.loads(said(await texts(township, number))["CaseReceived", "applicant"]) == ZHANG
    await done(township, number, "refer", to=DATONG, kind="forward_up", reason="route", opinion=NOTE)
    await district.arrived(number)
    offered = said(await texts(district, number))
    assert offered["CaseReferred", "opinion"] == NOTE
    assert json.loads(offered["CaseReceived", "applicant"]) == ZHANG
    passed_on = await texts(township, number)
    assert (passed_on.status, passed_on.code, passed_on.body["state"]["number"]) == (409, "not_holder", number)
    strange = await texts(system.clerk(LUOHE), number)
    assert (strange.status, strange.code) == (404, "case_unknown")
    for role in ("agent", "supervisor", "operator", "integrator"):
        refused = await texts(system.clerk(DATONG, role), number)
        assert (refused.status, refused.code) == (403, "role_missing"), role
    for query in ({}, {"reason": ""}, {"reason": "why not"}, {"reason": "x", "more": "y"}):
        asked = await district.get(f"/cases/{number}/texts", **query)
        assert (asked.status, asked.code) == (422, "invalid"), query


async def test_a_body_that_is_asked_reads_the_question_and_once_it_answered_nothing_more(system: System) -> None:
    district, city = system.clerk(DATONG), system.clerk(CITY)
    await body_at(system, CITY, known_at=DATONG)
    number = (await district.receive()).number
    await done(district, number, "accept")
    await done(district, number, "open-consultation", **{**ASKED, "question": QUESTION, "unit": CITY})
    read = await until(lambda: texts(city, number, "consultation"), lambda answer: answer.done, 60)
    assert said(read)["ConsultationOpened", "question"] == QUESTION
    await done(city, number, "submit-consultation-answer", consultation="C-1", answer=NOTE)
    answered = await until(lambda: texts(district, number), lambda a: len(a.body["texts"]) == 3, 60)
    assert said(answered)["ConsultationAnswered", "answer"] == NOTE
    over = await until(lambda: texts(city, number), lambda answer: answer.status == 409, 60)
    assert over.code == "not_holder"


async def test_each_reading_is_noted_with_who_and_why_and_kept_by_nobody_on_the_way(system: System) -> None:
    township, reason = system.clerk(SHANGYAO, subject="A77"), f"why-{uuid4().hex}"
    number = (await township.receive()).number
    await done(township, number, "claim")
    url = f"{township.url}/api/v1/cases/{number}/texts"
    answer = await system.http.get(
        url, params={"reason": reason}, headers={"Authorization": f"Bearer {township.token}"}
    )
    assert answer.headers["cache-control"] == "no-store"
    written = system.services["township"].log.read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in written if reason in line]
    noted: dict[str, Any] = json.loads(line)
    assert (noted["event"], noted["case"], noted["unit"]) == ("texts_read", number, SHANGYAO)
    assert (noted["person"], noted["reason"], noted["texts"]) == ("A77", reason, 1)
    assert not any(value in line for value in ZHANG.values())
