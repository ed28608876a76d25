"""Supervision orders (督办): a superior unit's supervisor orders, the ordered unit answers by a request, and the
orderer's service writes the answer into the order's own stream."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

from contracts.fields import Plain
from contracts.requests import SupervisionAnswerSubmitted
from contracts.supervision import SupervisionAnswered, SupervisionOrdered
from services.casework.actor import Actor
from services.casework.book import Book
from services.casework.case import Case
from services.casework.catalogue import open_unit
from services.casework.refusals import conflict, forbidden, not_found, unlawful
from services.casework.who import entitled, has_role


@dataclass(frozen=True, slots=True)
class Order:
    """An order with its stream `supervision/<id>`, who gave it, and the request that answered it."""

    stream: str
    case: str
    unit: str
    to: str
    reason: str
    days: int
    """Working days to answer in, after the day of `at`."""
    at: datetime
    answered: str | None = None
    answered_at: datetime | None = None


def evolve(
    order: Order | None, event: SupervisionOrdered | SupervisionAnswered, *, stream: str, unit: str, at: datetime
) -> Order | None:
    """The order after this event of its stream; `unit` and `at` are the record's. An answer without its order, which
    no service here writes, is None."""
    match event:
        case SupervisionOrdered(case=case, to=to, reason=reason, days=days):
            return order or Order(stream, case, unit, to, reason, days, at)
        case SupervisionAnswered(request=request):
            return replace(order, answered=request, answered_at=at) if order and order.answered is None else order
        case _:
            assert_never(event)


def may_order_supervision(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "order_supervision", book)
    if not any(book.is_above(by.unit, unit) for unit in case.known):
        raise forbidden("not_superior", case, unit=", ".join(sorted(case.known)))


def may_order(by: Actor, to: str, book: Book) -> None:
    """What is asked before the case itself is fetched from elsewhere. Raises Forbidden `role_missing`, `not_superior`,
    Unlawful `unit_unknown`, `unit_closed`, `unit_preparing`."""
    has_role(by, "order_supervision")
    open_unit(to, book, None)
    if not book.is_above(by.unit, to):
        raise forbidden("not_superior", None, unit=to)


def order_supervision(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    to: str,
    reason: str,
    days: int,
    text: Plain | None = None,
) -> list[SupervisionOrdered]:
    """A supervisor orders a unit below its own that has or had the case to account for it within `days` working days.

    Raises Forbidden `not_superior`; Unlawful `unit_unknown`, `unit_closed`, `unit_preparing`, `never_had_it`,
    `no_days`.
    """
    may_order_supervision(case, by, book)
    open_unit(to, book, case)
    if not book.is_above(by.unit, to):
        raise forbidden("not_superior", case, unit=to)
    if to not in case.known:
        raise unlawful("never_had_it", case, unit=to)
    if days < 1:
        raise unlawful("no_days", case)
    return [SupervisionOrdered(case=case.number, to=to, reason=reason, days=days, text=text)]


def may_submit_supervision_answer(case: Case, by: Actor, book: Book) -> None:
    """What can be said without the order."""
    entitled(case, by, "submit_supervision_answer")


def may_answer(order: Order, case: Case, by: Actor, book: Book) -> None:
    """Whether this person may answer this order on the case. Raises as `submit_supervision_answer`."""
    may_submit_supervision_answer(case, by, book)
    if (order.to, order.case) != (by.unit, case.number) or not book.is_above(order.unit, by.unit):
        raise not_found("order_unknown", order=order.stream)
    if order.answered is not None:
        raise conflict("order_answered", case, order=order.stream)


def submit_supervision_answer(
    case: Case,
    *,
    by: Actor,
    at: datetime,
    book: Book,
    order: str,
    answer: Plain,
    ordered: Order | None = None,
) -> list[SupervisionAnswerSubmitted]:
    """The ordered unit answers, by a request to the orderer; the custody it names is that of the case it is about.
    `ordered` is the order that is named by its stream.

    Raises NotFound `order_unknown` to all other units and for an order by one that does not stand above: the answer
    brings the case's key to whoever gave the order. Forbidden `role_missing`, Conflict `order_answered`.
    """
    may_submit_supervision_answer(case, by, book)
    if ordered is None:
        raise not_found("order_unknown", order=order)
    may_answer(ordered, case, by, book)
    return [SupervisionAnswerSubmitted(case=case.number, epoch=case.epoch, term=case.term, order=order, answer=answer)]


def answer_supervision(
    order: Order, *, request: str, asker: str, asked: SupervisionAnswerSubmitted
) -> list[SupervisionAnswered]:
    """What the orderer's service writes by itself on `request`, its sealed answer opened. `[]` when the order has its
    answer, or when another than the ordered unit sends one."""
    if order.answered is not None or (asker, asked.order, asked.case) != (order.to, order.stream, order.case):
        return []
    return [SupervisionAnswered(request=request, answer=asked.answer)]
