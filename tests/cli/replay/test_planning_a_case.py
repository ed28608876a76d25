import csv
import json
import subprocess
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.reference import ItemPublished
from services.cli.replay.logs import Row, Trace, activities, traces
from services.cli.replay.mapping import Map, load
from services.cli.replay.plan import HEIGHT, Act, CasePlan, code, legs, plan
from services.cli.replay.reference import item_body
from services.cli.replay.run import Totals
from services.cli.replay.units import Unit, Units, UnitsLacking
from services.office.bodies import BODIES, Receive
from tests.cli.replay.logs import CITY, DISTRICT, TOWNSHIP, UNITS, csv_log, small_map

DATA = Path(__file__).parents[3] / "deploy" / "data"


def told(tmp_path: Path, *lines: str, map: Map | None = None, units: Units = UNITS) -> CasePlan:
    map = map or small_map()
    (trace,) = traces(csv_log(tmp_path, *lines), map)
    found = plan(trace, map, units)
    assert found is not None
    return found


def story(case: CasePlan) -> list[tuple[str, str]]:
    return [(act.unit.tier, act.name) for act in case.acts]


def real_units() -> Units:
    with (DATA / "huainan-units.csv").open(encoding="utf-8") as file:
        return Units(Unit(row["code"], row["tier"], row["parent"] or None) for row in csv.DictReader(file))  # type: ignore[arg-type]


def test_a_case_goes_up_two_tiers_by_one_referral_and_comes_down_by_assignment_then_return(tmp_path: Path) -> None:
    case = told(
        tmp_path,
        "A,receipt,2011-01-01 08:00,window,2011-01-09 08:00",
        "A,accept,2011-01-02 08:00,city,",
        "A,look,2011-01-03 08:00,other,",
        "A,look again,2011-01-04 08:00,window,",
        "A,sign,2011-01-05 08:00,city,",
    )
    assert story(case) == [
        ("township", "receive"),
        ("township", "refer"),
        ("city", "acknowledge"),
        ("city", "accept"),
        ("city", "refer"),
        ("district", "complete-step"),
        ("district", "return"),
        ("township", "complete-step"),
        ("township", "refer"),
        ("city", "acknowledge"),
        ("city", "complete-step"),
        ("city", "decide"),
        ("city", "conclude"),
        ("city", "return"),
        ("township", "deliver"),
        ("township", "settle"),
    ]
    assert [act.body["kind"] for act in case.acts if act.name == "refer"] == ["forward_up", "assign_down", "forward_up"]
    assert [act.body["purpose"] for act in case.acts if act.name == "return"] == ["handled", "deliver_result"]
    assert [act.move for act in case.acts if act.move] == ["up", "down", "down", "up", "closing"]
    assert case.way == ("township", "city", "district", "township", "city")
    assert case.acts[-1].body["at"] == "2011-01-09T00:00:00Z", "the end date is later than the last row"


def test_a_case_without_an_end_stays_open_and_is_settled_where_it_lies(tmp_path: Path) -> None:
    case = told(tmp_path, "A,receipt,2011-01-01,window,", "A,look,2011-01-03,other,")
    assert not case.closed
    assert story(case)[-2:] == [("district", "complete-step"), ("district", "settle")]


def test_a_closed_case_that_nobody_accepted_is_accepted_at_its_end_and_not_counted(tmp_path: Path) -> None:
    case = told(tmp_path, "A,receipt,2011-01-01,window,2011-01-09", "A,look,2011-01-03,window,")
    names = [name for _, name in story(case)]
    assert names == ["receive", "complete-step", "accept", "decide", "conclude", "deliver", "settle"]
    assert [act.name for act in case.acts if act.row] == ["receive", "complete-step"]


def test_a_case_whose_first_row_is_no_receipt_is_received_before_it(tmp_path: Path) -> None:
    case = told(tmp_path, "A,look,2011-01-03,city,", "A,receipt,2011-01-04,city,", "A,receipt,2011-01-05,city,")
    assert story(case) == [("city", name) for name in ("receive", *["complete-step"] * 3, "settle")]
    assert [act.row for act in case.acts] == [False, True, True, True, False]


def test_rows_that_the_map_leaves_out_do_not_move_a_case(tmp_path: Path) -> None:
    case = told(tmp_path, "A,receipt,2011-01-01,window,", "A,coffee,2011-01-02,city,", "A,accept,2011-01-03,window,")
    assert story(case) == [("township", "receive"), ("township", "accept"), ("township", "settle")]
    (trace,) = traces(csv_log(tmp_path, "A,coffee,2011-01-02,city,"), small_map())
    assert plan(trace, small_map(), UNITS) is None


def test_a_row_without_a_group_stays_where_the_case_lies_or_goes_where_the_map_says(tmp_path: Path) -> None:
    rows = ("A,receipt,2011-01-01,window,", "A,look,2011-01-02,city,", "A,look,2011-01-03,,")
    assert told(tmp_path, *rows).way == ("township", "city")
    map = small_map(tiers={"township": ["window"], "city": ["city"], "default": "district", "missing": "district"})
    assert told(tmp_path, *rows, map=map).way == ("township", "city", "district")


def test_a_log_of_one_tier_never_moves(tmp_path: Path) -> None:
    map = small_map(tiers={"default": "city"})
    case = told(tmp_path, "A,x,2011-01-01,p,2011-02-01", "A,y,2011-01-02,q,", map=map, units=Units([CITY]))
    assert {act.unit for act in case.acts} == {CITY}
    assert not any(act.move for act in case.acts)


def test_start_and_complete_of_a_lifecycle_become_the_start_and_the_end_of_a_step(tmp_path: Path) -> None:
    map = small_map(columns={"case": "case", "activity": "what", "time": "when", "group": "who", "lifecycle": "end"})
    marks = ("START", "suspend", "start", "complete", "complete")
    rows = [f"A,w,2011-01-0{day},window,{mark}" for day, mark in enumerate(marks, 1)]
    names = [name for _, name in story(told(tmp_path, *rows, map=map))]
    assert names == ["receive", "start-step", "complete-step", "complete-step", "settle"], "started once, while it runs"


def test_a_log_without_end_dates_closes_by_its_last_activity(tmp_path: Path) -> None:
    columns = {"case": "case", "activity": "what", "time": "when", "group": "who"}
    map = small_map(columns=columns, closing={"last": ["sign"]})
    assert told(tmp_path, "A,receipt,2011-01-01,window,", "A,sign,2011-01-02,window,", map=map).closed
    assert not told(tmp_path, "A,sign,2011-01-01,window,", "A,look,2011-01-02,window,", map=map).closed


def test_a_tier_that_no_open_unit_has_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnitsLacking, match="no unit of the tier township"):
        told(tmp_path, "A,receipt,2011-01-01,window,", units=Units([CITY, DISTRICT]))
    with pytest.raises(UnitsLacking, match="340400, above 340405, is not open"):
        told(tmp_path, "A,receipt,2011-01-01,window,", units=Units([DISTRICT, TOWNSHIP]))


def test_a_persons_name_in_the_log_never_stands_open(tmp_path: Path) -> None:
    columns = {"case": "case", "activity": "what", "time": "when", "group": "who", "resource": "end"}
    case = told(
        tmp_path,
        "A,receipt,2011-01-01,window,",
        "A,look,2011-01-02,window,Wang Wei",
        "A,look,2011-01-03,window,R21",
        map=small_map(columns=columns),
    )
    persons = [act.person for act in case.acts]
    assert persons == ["import", "staff-" + persons[1][-8:], "R21", "import"]
    assert "Wang" not in json.dumps([asdict(act) for act in case.acts])


def test_activities_of_any_language_become_different_codes() -> None:
    names = ["收件", "受理", "T02 Check", "T02-Check", "T02/Check", "", "x" * 70, "x" * 71, "-"]
    codes = [code(name) for name in names]
    assert len(set(codes)) == len(names) - 1, "only a space and a hyphen mean the same"
    assert all(len(one) <= 64 and one[0].isalnum() and one.isascii() for one in codes)


GROUPS = st.sampled_from(["window", "other", "city", ""])


@given(st.lists(GROUPS, min_size=1, max_size=12), st.booleans())
def test_in_every_plan_each_act_is_by_the_unit_that_holds_the_case(groups: list[str], closed: bool) -> None:
    map = small_map()
    start = datetime(2011, 1, 1, tzinfo=UTC)
    rows = tuple(Row("look", start + timedelta(hours=n), f"line {n}", g or None) for n, g in enumerate(groups))
    case = plan(Trace("A", rows, end=start if closed else None), map, UNITS)
    assert case is not None
    holder, offered, held = case.acts[0].unit, False, {case.acts[0].unit.code}
    for act in case.acts:
        assert act.unit == holder
        assert offered == (act.name == "acknowledge")
        offered = False
        if "to" in act.body:
            (holder,) = (unit for unit in (CITY, DISTRICT, TOWNSHIP) if unit.code == act.body["to"])
            up = HEIGHT[holder.tier] > HEIGHT[act.unit.tier]
            offered = act.name == "refer" and act.body["kind"] == "forward_up"
            assert offered == (up and act.name == "refer"), "only the closing return goes up without an offer"
            assert act.name == "refer" or holder.code in held
            held.add(holder.code)
    assert [act.body["at"] for act in case.acts] == sorted(act.body["at"] for act in case.acts)
    assert len({act.key for act in case.acts}) == len(case.acts)
    assert [act for leg in legs(case.acts) for act in leg] == list(case.acts)
    assert not closed or case.acts[-1].unit == case.acts[0].unit


def test_the_receipt_log_is_planned_to_the_totals_counted_from_the_file_alone() -> None:
    map, units = load(DATA / "receipt.toml"), real_units()
    plans = [plan(trace, map, units) for trace in traces(DATA / "receipt.csv.gz", map)]
    totals = Totals()
    for case in plans:
        assert case is not None
        totals.add(case)
    out = subprocess.run([sys.executable, "-I", DATA / "receipt_totals.py"], check=True, capture_output=True, text=True)
    wanted: dict[str, Any] = json.loads(out.stdout)
    assert {name: getattr(totals, name) for name in wanted} == wanted
    acts: list[Act] = [act for case in plans if case for act in case.acts]
    assert len({act.unit for act in acts if act.name == "receive"}) == 95, "every township has cases"
    assert len({act.key for act in acts}) == len(acts)


def test_every_act_of_the_receipt_log_has_a_body_that_the_services_take() -> None:
    map, units = load(DATA / "receipt.toml"), real_units()
    for trace in islice(traces(DATA / "receipt.csv.gz", map), 200):
        case = plan(trace, map, units)
        assert case is not None
        for act in case.acts:
            body = Receive if act.name == "receive" else BODIES[act.name.replace("-", "_")]
            body.model_validate_json(json.dumps(act.body))


def test_the_items_that_the_receipt_map_names_can_be_published_and_decided_on_every_tier() -> None:
    map = load(DATA / "receipt.toml")
    steps = activities(traces(DATA / "receipt.csv.gz", map))
    assert len(steps) == 27
    for item in map.items:
        published = ItemPublished.model_validate_json(json.dumps(item_body(item, map, steps)))
        assert set(published.decidable_on) == {"township", "district", "city"}
        assert {point.role for point in published.points} == {"entrusted"}
        assert len(published.steps) == 27
