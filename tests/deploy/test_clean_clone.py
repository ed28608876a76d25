"""What the clean-clone check takes from README.md, and what it finds wrong with the totals."""

import json

from deploy.cleanclone import COUNTED, ZERO, commands, faults

TOTALS = dict.fromkeys(COUNTED, 1) | dict.fromkeys(ZERO, 0)


def test_the_commands_are_those_in_code_blocks_each_once() -> None:
    readme = "Say `make nothing`.\n```sh\nmake demo\nmake demo ARGS=--once\n$ make test\n```\nmake prose\n"
    assert commands(readme) == ["demo", "test"]


def test_totals_in_which_all_held_are_right() -> None:
    assert faults(json.dumps(TOTALS)) == []


def test_a_bad_chain_an_absent_figure_or_no_case_at_all_is_wrong() -> None:
    assert faults(json.dumps(TOTALS | {"chains_bad": 2})) == ["chains_bad is 2, not 0"]
    assert faults(json.dumps({name: TOTALS[name] for name in TOTALS if name != "dead"})) == ["dead is missing"]
    assert faults(json.dumps(TOTALS | {"cases": 0})) == ["cases is 0"]


def test_a_last_line_that_is_no_object_of_totals_is_wrong() -> None:
    assert faults("Board: http://127.0.0.1:8080") != []
    assert faults("[]") != []
