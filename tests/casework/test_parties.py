"""Applicant and interested parties are heard before the decision [36]."""

from contracts.case import (
    PartiesHeard,
)
from contracts.fields import Plain
from tests.casework.hearings import GRANTED, told
from tests.office.story import APPROVER, CLERK, COLLEAGUE


def test_parties_are_heard_before_the_decision() -> None:
    story = told().when(CLERK, "hear_parties", parties=2, note=Plain("they object"))
    story.then(PartiesHeard(parties=2, note=Plain("they object")))
    story.when(CLERK, "hear_parties", parties=2).then()
    story.refused("already_done", COLLEAGUE, "hear_parties", parties=2)
    story.when(APPROVER, "decide", **GRANTED).refused("wrong_phase", CLERK, "hear_parties", parties=2)
