"""The worked cases: history, instant, and what each limit then shows."""

import pytest

from services.casework.limits import TimeLimit
from tests.casework.dated import History, instant, shown
from tests.casework.worked import WORKED, Worked


def said(limit: TimeLimit | None) -> str | None:
    return limit and f"{limit.last_day or '-'} {limit.light} {limit.used}"


@pytest.mark.parametrize("case", WORKED, ids=lambda case: case.name.replace(" ", "_"))
def test_a_worked_case(case: Worked) -> None:
    at = instant(case.at)
    story = History(case.lines).tell(at)
    assert {clock: said(shown(story, at, clock)) for clock in case.shows} == case.shows


def test_there_are_enough_of_them() -> None:
    assert len(WORKED) >= 60
    assert len({case.name for case in WORKED}) == len(WORKED)
