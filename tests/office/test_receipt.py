"""Papers are handed in."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.case import Material
from contracts.fields import Plain
from contracts.reference import ItemRetired, UnitClosed
from services.casework.case import Clock, Held, Phase
from services.casework.receipt import case_number, receive
from services.casework.refusals import Forbidden, Refusal, Unlawful
from tests.office.story import (
    AGENT,
    BOOK,
    CLERK,
    FORWARDED,
    LICENCE,
    MORNING,
    OTHER_TOWNSHIP,
    TOWNSHIP,
    VILLAGE_ONLY,
    item_published,
    person,
    received,
)

PAPER = Material(kind="application", form="original", sha256="a" * 64)


def refused(code: str, kind: type[Refusal], item: str = LICENCE, by=CLERK, book=BOOK, at=MORNING, imported=False):
    with pytest.raises(kind) as refusal:
        receive(by=by, at=at, book=book, item=item, channel="window", applicant=Plain("x"), imported=imported)
    assert refusal.value.code == code
    assert refusal.value.state is None


def test_a_received_case_lies_with_its_unit_not_accepted_and_with_no_clock_running() -> None:
    case = received(materials=(PAPER,)).case
    assert case.number == "340402101-20261123-0001"
    assert (case.phase, case.custody, case.clock) == (Phase.RECEIVED, Held(TOWNSHIP), Clock.NOT_STARTED)
    assert (case.epoch, case.term, case.materials) == (0, 0, (PAPER,))


def test_a_case_number_bears_the_day_in_the_office_and_at_least_four_digits() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert case_number(TOWNSHIP, late, 17) == "340402101-20261123-0017"
    assert case_number(TOWNSHIP, late, 12345) == "340402101-20261123-12345"


def test_an_agent_receives() -> None:
    assert received(AGENT).case.custody == Held(TOWNSHIP)


def test_a_point_that_is_only_an_agent_for_the_item_receives_it() -> None:
    assert received(item=FORWARDED).case.item == FORWARDED


def test_a_case_keeps_the_newest_version_of_its_item_at_receipt() -> None:
    book = BOOK.evolve(f"item/{LICENCE}", item_published(LICENCE, item_version=2))
    [event] = receive(by=CLERK, at=MORNING, book=book, item=LICENCE, channel="window", applicant=Plain("x"))
    assert event.item_version == 2


def test_a_supervisor_receives_nothing() -> None:
    refused("role_missing", Forbidden, by=person(TOWNSHIP, "s", "supervisor"))


def test_an_item_that_the_catalogue_lacks_is_not_received() -> None:
    refused("item_unknown", Unlawful, item="no-such-item")


def test_a_districts_own_item_is_received_only_below_that_district() -> None:
    assert received(item=VILLAGE_ONLY).case.item == VILLAGE_ONLY
    refused("unit_lacks_item", Unlawful, item=VILLAGE_ONLY, by=person(OTHER_TOWNSHIP))


def test_a_retired_item_is_not_received_but_history_from_before_is() -> None:
    retired = ItemRetired(ground="merged", retired_on=date(2026, 11, 23))
    book = BOOK.evolve(f"item/{LICENCE}", retired)
    refused("item_retired", Unlawful, book=book)
    before = MORNING - timedelta(days=1)
    assert receive(by=CLERK, at=before, book=book, item=LICENCE, channel="window", applicant=Plain("x"))


def test_a_closed_or_unknown_unit_receives_nothing() -> None:
    closed = UnitClosed(successor="340402102", closed_on=date(2026, 11, 1))
    refused("unit_closed", Unlawful, book=BOOK.evolve(f"unit/{TOWNSHIP}", closed))
    refused("unit_unknown", Unlawful, by=person("349999"))


def test_only_the_integrator_imports_history() -> None:
    refused("import_not_integrator", Forbidden, imported=True)
