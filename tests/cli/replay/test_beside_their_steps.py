"""Rows that are more than a step: questions to other bodies, their answers, and time that stops."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.cli.replay.logs import Row, Trace
from services.cli.replay.mapping import Map, MapInvalid, load
from services.cli.replay.plan import CasePlan, plan
from services.cli.replay.reference import asked, publish
from services.cli.replay.send import Sender, Services
from tests.cli.replay.logs import CITY, DISTRICT, MAP, TOWNSHIP, UNITS, small_map

ASKING: dict[str, Any] = {
    "opens": ["ask"],
    "answers": {"fire says": "fire", "water says": "water"},
    "question": "?",
    "answer": "!",
}
STOPPING: dict[str, Any] = {"begins": ["hold"], "ends": ["go on"], "ground": "expert_review", "expected_days": 10}
DEPARTMENTS = {"fire": "消防", "water": "水利"}
MORNING = datetime(2011, 1, 3, 1, tzinfo=UTC)
OF_THE_LAW = ("open-consultation", "answer-consultation", "suspend", "resume", "accept", "decide")


def map_of(asking: dict[str, Any] | None = None, stopping: dict[str, Any] | None = None, **changes: Any) -> Map:
    parts = {"consultations": [ASKING | (asking or {})], "suspensions": [STOPPING | (stopping or {})]}
    return small_map(**({"departments": DEPARTMENTS} | parts | changes))


def told(*rows: str, closed: bool = True, map: Map | None = None) -> CasePlan:
    """The plan of a case with these rows, `activity` or `group: activity`, one an hour."""
    split = [row.rpartition(": ") for row in rows]
    at = [MORNING + timedelta(hours=n) for n in range(len(rows))]
    made = tuple(Row(what, when, "", group or "window") for when, (group, _, what) in zip(at, split, strict=True))
    found = plan(Trace("A", made, end=made[-1].at if closed else None), map or map_of(), UNITS)
    assert found is not None
    return found


def beside(case: CasePlan) -> list[str]:
    """Of its acts those of the law, each with the question that it is about."""
    said = [(act.name, act.body.get("consultation", "")) for act in case.acts if act.name in OF_THE_LAW]
    return [f"{name} {question}".strip() for name, question in said]


def test_a_question_goes_to_each_body_whose_answer_follows_and_the_rows_stay_steps() -> None:
    case = told("receipt", "accept", "ask", "look", "water says", "fire says", "water says")
    assert beside(case) == [
        "accept",
        "open-consultation Q1",
        "open-consultation Q2",
        "answer-consultation Q1",
        "answer-consultation Q2",
        "decide",
    ]
    assert [act.body["department"] for act in case.acts if act.name == "open-consultation"] == ["water", "fire"]
    assert sum(act.row for act in case.acts) == 7
    assert "without_answer" not in next(act for act in case.acts if act.name == "decide").body


def test_a_second_request_asks_again_and_an_answer_that_nobody_asked_for_stays_a_step() -> None:
    case = told("receipt", "fire says", "ask", "fire says", "ask", "fire says")
    assert beside(case)[:4] == [
        "open-consultation Q1",
        "answer-consultation Q1",
        "open-consultation Q2",
        "answer-consultation Q2",
    ]


def test_a_request_that_nobody_answers_asks_whom_the_map_names_and_the_decision_says_why_it_does_not_wait() -> None:
    assert beside(told("receipt", "ask", "accept")) == ["accept", "decide"], "nobody is known to have been asked"
    case = told("receipt", "ask", "accept", map=map_of({"unanswered": "fire", "days": 3}))
    assert beside(case) == ["open-consultation Q1", "accept", "decide"]
    opened, decided = (next(a for a in case.acts if a.name == n) for n in ("open-consultation", "decide"))
    assert (opened.body["department"], opened.body["days"]) == ("fire", 3)
    assert decided.body["without_answer"] == "not_in_the_log"


def test_a_body_is_asked_where_its_answer_is_recorded() -> None:
    case = told("receipt", "ask", "city: water says", "window: fire says")
    opened = [act.body.get("unit") for act in case.acts if act.name == "open-consultation"]
    assert opened == [CITY.code, None]
    assert [act.unit for act in case.acts if act.name == "answer-consultation"] == [CITY, TOWNSHIP]
    assert asked(case) == {(CITY.code, "water"), (TOWNSHIP.code, "fire")}


def test_time_stops_with_its_row_and_counts_again_with_the_row_that_ends_it() -> None:
    case = told("receipt", "accept", "hold", "hold", "look", "go on", "go on", "hold")
    assert beside(case) == ["accept", "suspend", "resume", "suspend", "resume", "decide"]
    first, second = (act.body for act in case.acts if act.name == "suspend")
    assert (first["ground"], first["expected_days"], first["notice"], second["notice"]) == (
        "expert_review",
        10,
        "A-1",
        "A-2",
    )
    assert "basis" not in first


def test_before_the_acceptance_there_is_no_time_to_stop() -> None:
    assert beside(told("receipt", "hold", "look", "accept")) == ["accept", "suspend", "resume", "decide"]
    assert beside(told("receipt", "hold", "go on", "accept")) == ["accept", "decide"]
    assert beside(told("receipt", "hold")) == ["accept", "decide"], "accepted at its end, with nothing to wait for"
    assert beside(told("receipt", "hold", closed=False)) == []


def test_an_open_case_whose_hold_nothing_lifts_stays_suspended() -> None:
    assert beside(told("receipt", "accept", "hold", closed=False)) == ["accept", "suspend"]


def test_a_step_that_only_begins_asks_and_stops_nothing() -> None:
    columns = {"case": "case", "activity": "what", "time": "when", "lifecycle": "end"}
    rows = tuple(
        Row(what, MORNING + timedelta(hours=n), "", lifecycle=mark)
        for n, (what, mark) in enumerate([("ask", "start"), ("fire says", "complete"), ("hold", "start")])
    )
    case = plan(Trace("A", rows), map_of(columns=columns), UNITS)
    assert case is not None
    assert beside(case) == []


ACTIVITIES = st.sampled_from(["accept", "ask", "fire says", "water says", "hold", "go on", "look", "receipt"])


@given(st.lists(st.tuples(st.sampled_from(["window", "city", "other"]), ACTIVITIES), min_size=1, max_size=15))
def test_in_every_order_each_is_asked_once_answered_once_and_time_stops_only_where_it_runs(
    rows: list[tuple[str, str]],
) -> None:
    case = told(*(f"{group}: {activity}" for group, activity in rows), map=map_of({"unanswered": "fire"}))
    opened: dict[str, str] = {}
    answered: set[str] = set()
    accepted = stopped = decided = False
    for act in case.acts:
        match act.name:
            case "open-consultation":
                assert act.body["consultation"] not in opened
                opened[act.body["consultation"]] = act.body.get("unit", act.unit.code)
            case "answer-consultation":
                assert opened[act.body["consultation"]] == act.unit.code
                assert act.body["consultation"] not in answered
                answered.add(act.body["consultation"])
            case "accept":
                accepted = True
            case "suspend":
                assert accepted
                assert not stopped
                stopped = True
            case "resume":
                assert stopped
                stopped = False
            case "decide":
                assert not stopped
                assert ("without_answer" in act.body) == (opened.keys() != answered)
                decided = True
            case _:
                pass
    assert decided
    assert sum(act.row for act in case.acts) == len(rows)


WRONG: dict[str, tuple[Callable[[], Map], str]] = {
    "an answer that is left out": (
        lambda: map_of({"answers": {"coffee": "fire"}}),
        "consultations.0.answers: 'coffee' is no completed step of this map",
    ),
    "a request that is the receipt": (
        lambda: map_of({"opens": ["receipt"]}),
        "consultations.0.opens: 'receipt' is no completed step",
    ),
    "an end that is the acceptance": (
        lambda: map_of(stopping={"ends": ["accept"]}),
        "suspensions.0.ends: 'accept' is no completed step",
    ),
    "steps that are only begun": (
        lambda: map_of(activities={"default": "start-step"}),
        "suspensions.0.begins: 'hold' is no completed step",
    ),
    "one row for two acts": (
        lambda: map_of({"opens": ["ask", "hold"]}),
        "consultations.0.opens: 'hold' stands in suspensions.0.begins too",
    ),
    "a hold that ends itself": (
        lambda: map_of(stopping={"ends": ["hold"]}),
        "suspensions.0: 'hold' both begins and ends it",
    ),
    "a body without a name": (
        lambda: map_of(departments={"fire": "消防"}),
        "consultations.0: departments lacks water",
    ),
    "a ground that the item does not name": (
        lambda: map_of(stopping={"ground": "storm", "basis": "by-law 3"}),
        "suspensions.0: the item small-item does not name the ground storm",
    ),
    "an own ground without its basis": (
        lambda: map_of(stopping={"ground": "storm"}),
        "the ground storm is none of the law's, so it needs a basis",
    ),
}


@pytest.mark.parametrize(("map", "said"), WRONG.values(), ids=WRONG.keys())
def test_a_map_that_contradicts_itself_is_told_where_and_why(map: Callable[[], Map], said: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(said)):
        map()


def test_a_map_in_a_file_is_refused_with_its_name(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text(MAP + '[[suspensions]]\nbegins = ["coffee"]\nground = "testing"\nexpected_days = 5\n', "utf-8")
    with pytest.raises(MapInvalid, match="'coffee' is no completed step"):
        load(file)


async def test_who_is_asked_is_admitted_there_by_the_keeper_of_its_register_and_only_once() -> None:
    admitted: dict[str, dict[str, str]] = {}
    posts: list[tuple[str, str]] = []

    def office(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1/")
        if request.method == "POST":
            posts.append((request.url.host, path))
            if path == "departments":
                body: dict[str, str] = json.loads(request.content)
                admitted[f"{body['unit']}.{body['code']}"] = body
            return httpx.Response(201, json={})
        listed: dict[str, list[dict[str, Any]]] = {
            "units": [{"code": unit.code} for unit in (CITY, DISTRICT, TOWNSHIP)],
            "items": [{"code": "small-item"}],
            "departments": list(admitted.values()),
        }
        return httpx.Response(200, json={path: listed[path]})

    services = Services(lambda unit: f"http://{unit.code}", lambda unit, person: "token")
    bodies = asked(told("receipt", "ask", "city: water says", "window: fire says"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(office)) as client:
        sender = Sender(client, services, patience=5.0, pause=0.001)
        for _ in range(2):
            await publish(sender, CITY, [CITY, DISTRICT, TOWNSHIP], map_of(), ["ask"], bodies, 5.0)
    assert posts.count((CITY.code, "departments")) == 1
    assert posts.count((DISTRICT.code, "departments")) == 1, "a district writes for its townships"
    assert admitted[f"{TOWNSHIP.code}.fire"]["name"] == "消防"
