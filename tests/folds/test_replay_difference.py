"""What the office once recorded reads the same after every change of the code, but for what the change list says."""

from collections import Counter
from typing import Any

import pytest

from tests.folds.folding import RECORDED, Change, accepted, changes, differences, folds, lines, unexplained


def test_every_recorded_history_of_the_demonstration_folds_as_it_did_but_for_the_change_list() -> None:
    now = dict(folds(lines(RECORDED)))
    assert len(now) == 1434
    assert unexplained(differences(accepted(), now), changes()) == []


def test_the_recorded_histories_are_those_that_the_demonstration_counts() -> None:
    phases: Counter[str] = Counter(fields["phase"] for fields in accepted().values())
    assert phases == {"delivered": 1329, "accepted": 105}
    assert sum(fields["deemed"] for fields in accepted().values()) == 165
    assert sum(fields["clock"] == "suspended" for fields in accepted().values()) == 2, "two holds that nothing lifts"
    asked = [name for fields in accepted().values() for name in fields if name.startswith("limits.consultation.")]
    assert sum(name.endswith(".light") for name in asked) == 21


BEFORE: dict[str, dict[str, Any]] = {"1": {"phase": "decided", "limits.delivery.-.1.light": "green"}}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"1": {"phase": "accepted", "limits.delivery.-.1.light": "green"}}, "phase: 1 cases"),
        ({"1": {"phase": "decided"}}, "limits.delivery.-.1.light: 1 cases"),
        ({"1": {**BEFORE["1"], "new": None}}, "new: 1 cases"),
        ({}, "limits.delivery.-.1.light: 1 cases"),
    ],
)
def test_a_field_that_changes_comes_or_goes_is_found(now: dict[str, Any], said: str) -> None:
    assert unexplained(differences(BEFORE, now), [])[0].startswith(said)


def test_the_change_list_explains_exactly_as_many_cases_as_it_says() -> None:
    found = differences(BEFORE, {"1": {"phase": "decided", "limits.delivery.-.1.light": "amber"}})
    why = "delivery turns amber on its last day"
    assert unexplained(found, [Change("limits.delivery.*", 1, why)]) == []
    assert unexplained(found, [Change("limits.delivery.*", 2, why)]) == [
        "limits.delivery.* differs in 1 cases; the change list says 2"
    ]
    assert unexplained({}, [Change("limits.delivery.*", 1, why)]) != [], "a change that is not there any more"
