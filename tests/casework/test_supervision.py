"""Supervision orders (督办): ordered from above, answered by a request, the answer written by the orderer."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts.fields import Plain
from contracts.reference import UnitClosed
from contracts.requests import SupervisionAnswerSubmitted
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.casework.refusals import Conflict, Forbidden, NotFound, Refusal, Unlawful
from services.casework.supervision import Order, answer_supervision, evolve, may_order
from tests.office.story import (
    BOOK,
    CITY,
    CLERK,
    DISTRICT,
    DISTRICT_CLERK,
    OTHER_DISTRICT,
    TOWNSHIP,
    VILLAGE,
    person,
    received,
)
from tests.office.test_referral import taken

STREAM, REQUEST, SECOND = "supervision/s-1", "a" * 32, "b" * 32
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CITY_SUPERVISOR = person(CITY, "supervisor-c", "supervisor")
SUPERVISOR = person(DISTRICT, "supervisor-d", "supervisor")
BODY: dict[str, Any] = {"to": DISTRICT, "reason": "overdue", "days": 3}
ANSWER: dict[str, Any] = {"order": STREAM, "answer": Plain("it is done")}
CASE = taken().case


def ordered(unit: str = CITY, **differs: Any) -> Order:
    content = {"case": CASE.number, **BODY, **differs}
    order = evolve(None, SupervisionOrdered.model_validate(content), stream=STREAM, unit=unit, at=AT)
    assert order is not None
    return order


def submitted(order: str = STREAM) -> SupervisionAnswerSubmitted:
    return SupervisionAnswerSubmitted(
        case=CASE.number, epoch=CASE.epoch, term=CASE.term, order=order, answer=Plain("it is done")
    )


def test_a_supervisor_orders_a_unit_below_its_own_to_account_for_a_case() -> None:
    story = taken().when(CITY_SUPERVISOR, "order_supervision", **BODY, text=Plain("why?"))
    story.then(SupervisionOrdered(case=CASE.number, to=DISTRICT, reason="overdue", days=3, text=Plain("why?")))
    assert story.case == CASE


def test_an_earlier_custodian_accounts_too() -> None:
    taken().when(CITY_SUPERVISOR, "order_supervision", **{**BODY, "to": TOWNSHIP})
    taken().when(SUPERVISOR, "order_supervision", **{**BODY, "to": TOWNSHIP})


def test_a_superior_orders_about_a_case_that_it_never_had() -> None:
    received().when(SUPERVISOR, "order_supervision", **{**BODY, "to": TOWNSHIP})


@pytest.mark.parametrize(
    ("by", "differs", "code", "kind"),
    [
        (SUPERVISOR, {}, "not_superior", Forbidden),
        (person(TOWNSHIP, "s", "supervisor"), {}, "not_superior", Forbidden),
        (person(OTHER_DISTRICT, "s", "supervisor"), {}, "case_unknown", NotFound),
        (DISTRICT_CLERK, {}, "role_missing", Forbidden),
        (CITY_SUPERVISOR, {"to": CITY}, "not_superior", Forbidden),
        (CITY_SUPERVISOR, {"to": "349999"}, "unit_unknown", Unlawful),
        (CITY_SUPERVISOR, {"to": OTHER_DISTRICT}, "never_had_it", Unlawful),
        (CITY_SUPERVISOR, {"to": VILLAGE}, "never_had_it", Unlawful),
        (CITY_SUPERVISOR, {"days": 0}, "no_days", Unlawful),
    ],
)
def test_an_order_that_nobody_owes_an_answer_to_is_refused(by: Any, differs: Any, code: str, kind: type) -> None:
    assert isinstance(taken().refused(code, by, "order_supervision", **{**BODY, **differs}), kind)


def test_a_unit_that_takes_no_cases_is_not_ordered_to_account_for_one() -> None:
    closed = UnitClosed(closed_on=date(2026, 11, 20), successor=OTHER_DISTRICT)
    story = replace(taken(), book=BOOK.evolve(f"unit/{DISTRICT}", closed))
    assert isinstance(story.refused("unit_closed", CITY_SUPERVISOR, "order_supervision", **BODY), Unlawful)


def test_who_may_order_is_asked_before_the_case_is_fetched_from_elsewhere() -> None:
    may_order(CITY_SUPERVISOR, TOWNSHIP, BOOK)
    for by, to, code in (
        (person(CITY), TOWNSHIP, "role_missing"),
        (CITY_SUPERVISOR, "349999", "unit_unknown"),
        (CITY_SUPERVISOR, CITY, "not_superior"),
        (SUPERVISOR, OTHER_DISTRICT, "not_superior"),
    ):
        with pytest.raises(Refusal) as refusal:
            may_order(by, to, BOOK)
        assert refusal.value.code == code


def test_the_ordered_unit_answers_by_a_request_that_names_the_order() -> None:
    for by in (DISTRICT_CLERK, person(DISTRICT, "head", "head")):
        taken().when(by, "submit_supervision_answer", **ANSWER, ordered=ordered()).then(submitted())


def not_answered(code: str, kind: type[Refusal], order: Order | None, by: Any) -> None:
    assert isinstance(taken().refused(code, by, "submit_supervision_answer", **ANSWER, ordered=order), kind)


def test_nobody_else_answers_and_an_answered_order_is_done_with() -> None:
    not_answered("order_unknown", NotFound, None, DISTRICT_CLERK)
    not_answered("order_unknown", NotFound, ordered(), CLERK)
    not_answered("case_unknown", NotFound, ordered(), person(OTHER_DISTRICT))
    not_answered("order_unknown", NotFound, ordered(case="340402-20261123-0099"), DISTRICT_CLERK)
    not_answered("role_missing", Forbidden, ordered(), person(DISTRICT, "a", "agent"))
    done = evolve(ordered(), SupervisionAnswered(request=REQUEST, answer=Plain("x")), stream=STREAM, unit=CITY, at=AT)
    assert done is not None
    not_answered("order_answered", Conflict, done, DISTRICT_CLERK)


def test_an_order_by_a_unit_that_does_not_stand_above_is_none() -> None:
    # The answer brings the case's key to whoever gave the order.
    for unit in (OTHER_DISTRICT, TOWNSHIP, DISTRICT):
        not_answered("order_unknown", NotFound, ordered(unit), DISTRICT_CLERK)


def test_the_orderer_writes_the_answer_once() -> None:
    order = ordered()
    events = answer_supervision(order, request=REQUEST, asker=DISTRICT, asked=submitted())
    assert events == [SupervisionAnswered(request=REQUEST, answer=Plain("it is done"))]
    done = evolve(order, events[0], stream=STREAM, unit=CITY, at=AT)
    assert done is not None
    assert done.answered == REQUEST
    assert answer_supervision(done, request=SECOND, asker=DISTRICT, asked=submitted()) == []


def test_an_answer_by_another_unit_or_to_another_order_is_not_written() -> None:
    assert answer_supervision(ordered(), request=REQUEST, asker=TOWNSHIP, asked=submitted()) == []
    other = submitted("supervision/s-2")
    assert answer_supervision(ordered(), request=REQUEST, asker=DISTRICT, asked=other) == []
    elsewhere = submitted().model_copy(update={"case": "340402-20261123-0099"})
    assert answer_supervision(ordered(), request=REQUEST, asker=DISTRICT, asked=elsewhere) == []


def test_an_order_keeps_its_first_content_and_its_first_answer() -> None:
    order = ordered()
    again = SupervisionOrdered(case=CASE.number, to=TOWNSHIP, reason="x", days=1)
    assert evolve(order, again, stream=STREAM, unit=CITY, at=AT) == order
    first = evolve(order, SupervisionAnswered(request=REQUEST, answer=Plain("1")), stream=STREAM, unit=CITY, at=AT)
    second = evolve(first, SupervisionAnswered(request=SECOND, answer=Plain("2")), stream=STREAM, unit=CITY, at=AT)
    assert second == first
    assert (
        evolve(None, SupervisionAnswered(request=REQUEST, answer=Plain("1")), stream=STREAM, unit=CITY, at=AT) is None
    )
