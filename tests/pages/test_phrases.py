"""What is said to people names things as they do."""

from dataclasses import replace

from services.casework.refusals import forbidden, role_missing
from services.pages.phrases import Words
from tests.office.story import BOOK, DISTRICT

NAME = "大通区政务服务中心"
NAMED = replace(BOOK, units={**BOOK.units, DISTRICT: replace(BOOK.units[DISTRICT], name=NAME)})


def test_a_refusal_names_the_office_that_it_speaks_of() -> None:
    refusal = forbidden("city_only", None, unit=DISTRICT)
    said = Words(NAMED, None).refusal(refusal)
    assert NAME in said.zh
    assert DISTRICT not in said.zh
    assert DISTRICT in refusal.zh, "programs are told the code"


def test_a_refusal_names_roles_in_the_language_of_the_reader() -> None:
    said = Words(BOOK, None).refusal(role_missing({"clerk", "approver"}))
    assert "窗口人员、审批人员" in said.zh
    assert "clerk, approver" in said.en
