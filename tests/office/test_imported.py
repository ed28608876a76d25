"""When an act happens: time never goes back, and history keeps its own times until it is settled."""

from datetime import timedelta

import pytest

from contracts.case import CaseSettled
from services.casework.moment import moment, receipt_moment, said_moment, service_moment
from services.casework.refusals import Forbidden, Refusal, Unlawful
from tests.office.story import CLERK, IMPORTER, MORNING, TOWNSHIP, person, received

LONG_AGO = MORNING - timedelta(days=5000)
NOW = MORNING + timedelta(hours=8)


def history():
    return received(IMPORTER, at=LONG_AGO, imported=True)


def refused(code: str, kind: type[Refusal], *given: object) -> None:
    with pytest.raises(kind) as refusal:
        said_moment(*given)  # pyright: ignore[reportArgumentType]
    assert refusal.value.code == code


def test_time_never_goes_back_within_a_case() -> None:
    case = received().case
    assert moment(case, MORNING - timedelta(hours=1)) == MORNING
    assert moment(case, NOW) == NOW


def test_the_fold_keeps_the_latest_time_though_a_record_says_less() -> None:
    story = received()
    story = type(story)(story.case, story.written, MORNING - timedelta(days=1)).when(CLERK, "claim")
    assert story.case.last_time == MORNING


def test_an_acceptance_is_not_dated_before_the_receipt() -> None:
    story = received()
    early = type(story)(story.case, story.written, MORNING - timedelta(days=3)).when(CLERK, "accept")
    assert early.case.acceptance is not None
    assert early.case.acceptance.accepted_on == MORNING.date()


def test_an_imported_act_happens_when_the_file_says() -> None:
    said = LONG_AGO + timedelta(days=3)
    assert said_moment(history().case, IMPORTER, NOW, said) == said
    assert said_moment(history().case, IMPORTER, NOW, LONG_AGO - timedelta(days=1)) == LONG_AGO


def test_without_a_said_time_an_act_happens_now() -> None:
    assert said_moment(received().case, CLERK, NOW, None) == NOW


def test_only_the_integrator_says_when_and_only_of_history_that_is_not_settled() -> None:
    refused("at_not_integrator", Forbidden, history().case, CLERK, NOW, LONG_AGO)
    refused("at_not_imported", Unlawful, received().case, IMPORTER, NOW, LONG_AGO)
    refused("at_not_imported", Unlawful, history().when(IMPORTER, "settle").case, IMPORTER, NOW, LONG_AGO)
    refused("at_in_future", Unlawful, history().case, IMPORTER, NOW, NOW + timedelta(seconds=1))


def test_a_receipt_of_history_takes_the_time_of_the_file() -> None:
    assert receipt_moment(IMPORTER, NOW, LONG_AGO, imported=True) == LONG_AGO
    assert receipt_moment(CLERK, NOW, None, imported=False) == NOW
    for by, said, imported, code in (
        (CLERK, None, True, "import_not_integrator"),
        (CLERK, LONG_AGO, False, "at_not_integrator"),
        (IMPORTER, LONG_AGO, False, "at_not_imported"),
        (IMPORTER, NOW + timedelta(seconds=1), True, "at_in_future"),
    ):
        with pytest.raises(Refusal) as refusal:
            receipt_moment(by, NOW, said, imported=imported)
        assert refusal.value.code == code


def test_what_a_service_writes_on_history_takes_the_time_of_the_event_before() -> None:
    assert service_moment(history().case, NOW) == LONG_AGO
    assert service_moment(received().case, NOW) == NOW
    assert service_moment(history().when(IMPORTER, "settle").case, NOW) == NOW


def test_the_integrator_settles_history_once() -> None:
    story = history().when(IMPORTER, "settle").then(CaseSettled())
    assert not story.case.importing
    story.when(IMPORTER, "settle").then()
    story.refused("already_done", person(TOWNSHIP, "other", "integrator"), "settle")


def test_only_history_is_settled_and_only_by_the_integrator() -> None:
    received().refused("not_imported", IMPORTER, "settle")
    history().refused("role_missing", CLERK, "settle")


def test_the_integrators_role_alone_allows_no_other_act() -> None:
    history().refused("role_missing", person(TOWNSHIP, "other", "integrator"), "accept")
