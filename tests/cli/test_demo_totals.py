"""The demonstration's totals: counted from the portal's rows as the script counts them from the file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.cli.demo.command import DATA as FOLDER
from services.cli.demo.totals import count, from_file
from services.cli.refusing import Cannot
from services.cli.replay.logs import traces
from services.cli.replay.mapping import load
from services.cli.replay.plan import CasePlan, plan
from services.cli.replay.units import Unit, Units
from services.cli.seed_files import read_items

T, D, C = "340405101", "340405", "340400"
TIERS = {T: "township", D: "district", C: "city"}


NOTHING = {"consultations": 0, "answers": 0, "suspensions": 0}


def row(**differs: object) -> dict[str, Any]:
    return {"path": [T], "passes": [], "steps": 0, "accepted_by": None, "closed": False, **NOTHING, **differs}


def test_the_return_that_brings_the_result_home_is_no_move_and_no_part_of_the_way() -> None:
    way = [T, D, C, D, T, D, T]
    passes = ["forward_up", "forward_up", "handled", "handled", "forward_up", "deliver_result"]
    found = count([row(path=way, passes=passes, closed=True)], TIERS)
    assert (found["moves_up"], found["moves_down"], found["there_and_back"], found["closed"]) == (3, 2, 0, 1)
    found = count([row(path=way[:5], passes=passes[:4])], TIERS)
    assert (found["reached_city"], found["there_and_back"], found["open"]) == (1, 1, 1)


def test_a_district_that_the_case_never_saw_gets_it_by_assignment() -> None:
    found = count([row(path=[T, C, D], passes=["forward_up", "assign_down"])], TIERS)
    assert (found["moves_up"], found["moves_down"], found["reached_city"]) == (1, 1, 1)


def test_an_acceptance_that_only_closes_an_imported_case_is_no_activity() -> None:
    rows = [row(steps=2, accepted_by="R21"), row(steps=1, accepted_by="import"), row()]
    assert count(rows, TIERS)["activities"] == 1 + 2 + 1 + 1 + 1 + 1


def test_what_the_law_accepted_is_no_activity_and_is_counted_apart() -> None:
    found = count([row(steps=2, accepted_by="clock"), row(accepted_by="R21")], TIERS)
    assert (found["activities"], found["deemed"]) == (1 + 2 + 1 + 1, 1)


def test_what_was_asked_answered_and_stopped_is_counted_beside_the_activities() -> None:
    found = count([row(steps=3, consultations=2, answers=1, suspensions=1)], TIERS)
    assert found["activities"] == 1 + 3
    assert (found["consultations_opened"], found["consultations_answered"], found["suspensions"]) == (2, 1, 1)


def as_board_rows(plans: Iterator[CasePlan]) -> Iterator[dict[str, Any]]:
    """What the view of cases makes of the acts, told again in few words."""
    for told in plans:
        found = row(closed=told.closed, path=[told.acts[0].unit.code])
        for act in told.acts:
            match act.name:
                case "refer":
                    found["passes"].append(act.body["kind"])
                    found["path"].append(act.body["to"])
                case "return":
                    found["passes"].append(act.body["purpose"])
                    found["path"].append(act.body["to"])
                case "complete-step":
                    found["steps"] += 1
                case "accept":
                    found["accepted_by"] = act.person
                case "open-consultation":
                    found["consultations"] += 1
                case "answer-consultation":
                    found["answers"] += 1
                case "suspend":
                    found["suspensions"] += 1
                case _:
                    pass
        yield found


async def test_the_whole_receipt_log_as_the_board_has_it_counts_as_the_file_alone() -> None:
    map, log = load(FOLDER / "receipt.toml"), FOLDER / "receipt.csv.gz"
    lines = (FOLDER / "huainan-units.csv").read_text(encoding="utf-8").splitlines()[1:]
    units = [Unit(code, tier, parent or None) for code, _, tier, parent in (line.split(",") for line in lines)]  # type: ignore[arg-type]
    tree = Units(units)
    plans = (told for trace in traces(log, map) if (told := plan(trace, map, tree)) is not None)
    counted = count(as_board_rows(plans), {unit.code: unit.tier for unit in units})
    assert counted.pop("deemed") == 0, "the acts of the file alone"
    assert counted == await from_file(FOLDER / "receipt_totals.py", log)
    assert (counted["cases"], counted["activities"], counted["there_and_back"]) == (1434, 8577, 619)
    assert (counted["consultations_opened"], counted["suspensions"]) == (21, 20)


async def test_a_script_that_fails_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(Cannot, match="No such file"):
        await from_file(FOLDER / "receipt_totals.py", tmp_path / "none.csv.gz")


def test_a_catalogue_that_is_no_list_of_items_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "items.json"
    file.write_text('{"code": "x"}')
    with pytest.raises(Cannot, match="no JSON list"):
        read_items(file)
