"""Who may read what lies sealed in a case."""

import pytest

from contracts.case import ConsultationOpened
from contracts.fields import Plain
from services.casework.reading import READERS, may_read_texts
from services.casework.refusals import Conflict, Forbidden, NotFound
from tests.office.story import CITY, CLERK, DISTRICT, DISTRICT_CLERK, TOWNSHIP, person, received
from tests.office.test_referral import offered


def test_whoever_works_at_the_unit_that_holds_the_case_reads_it() -> None:
    for role in sorted(READERS):
        may_read_texts(received().case, person(TOWNSHIP, "somebody", role))


@pytest.mark.parametrize(
    "role", ["agent", "supervisor", "government_head", "catalogue_manager", "unit_administrator", "integrator"]
)
def test_nobody_else_of_that_unit_does(role: str) -> None:
    with pytest.raises(Forbidden, match="role_missing"):
        may_read_texts(received().case, person(TOWNSHIP, "somebody", role))


def test_to_whom_a_case_is_offered_reads_it_and_who_passed_it_on_no_longer() -> None:
    case = offered().case
    may_read_texts(case, DISTRICT_CLERK)
    with pytest.raises(Conflict, match="not_holder"):
        may_read_texts(case, CLERK)


def test_a_unit_that_never_had_it_does_not_even_learn_that_it_is_there() -> None:
    with pytest.raises(NotFound, match="case_unknown"):
        may_read_texts(received().case, DISTRICT_CLERK)


def test_a_unit_that_is_asked_reads_it_until_it_has_answered() -> None:
    asked = ConsultationOpened(consultation="C-1", department="fire", question=Plain("?"), days=7, unit=CITY)
    story = received().fold(TOWNSHIP, asked)
    reader = person(CITY)
    may_read_texts(story.case, reader)
    with pytest.raises(NotFound):
        may_read_texts(story.case, person(DISTRICT))
    answered = story.when(CLERK, "withdraw")
    assert not answered.case.consultations
    with pytest.raises(Conflict, match="not_holder"):
        may_read_texts(answered.case, reader)
