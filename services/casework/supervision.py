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
from services.casework.refusals import conflict, forbidden, not_found, unlawful
from services.casework.who import CLERKS, HEADS, entitled

ANSWERERS = CLERKS | HEADS


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


def evolve(
    order: Order | None, event: SupervisionOrdered | SupervisionAnswered, *, stream: str, unit: str, at: datetime
) -> Order | None:
    """The order after this event of its stream; `unit` and `at` are the record's. An answer without its order, which
    no service here writes, is None."""
    match event:
        case SupervisionOrdered(case=case, to=to, reason=reason, days=days):
            return order or Order(stream, case, unit, to, reason, days, at)
        case SupervisionAnswered(request=request):
            return replace(order, answered=order.answered or request) if order else None
        case _:
            assert_never(event)


def may_order_supervision(case: Case, by: Actor, book: Book) -> None:
    entitled(case, by, "order_supervision", book)
    if not any(book.is_above(by.unit, unit) for unit in case.known):
        raise forbidden("not_superior", case, unit=", ".join(sorted(case.known)))


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

    Raises Forbidden `not_superior`; Unlawful `unit_unknown`, `never_had_it`, `no_days`.
    """
    may_order_supervision(case, by, book)
    if to not in book.units:
        raise unlawful("unit_unknown", case, unit=to)
    if not book.is_above(by.unit, to):
        raise forbidden("not_superior", case, unit=to)
    if to not in case.known:
        raise unlawful("never_had_it", case, unit=to)
    if days < 1:
        raise unlawful("no_days", case)
    return [SupervisionOrdered(case=case.number, to=to, reason=reason, days=days, text=text)]


def submit_supervision_answer(
    order: Order, case: Case, *, by: Actor, answer: Plain
) -> list[SupervisionAnswerSubmitted]:
    """The ordered unit answers, by a request to the orderer; the custody it names is that of the case it is about.

    Raises NotFound `order_unknown` to all other units, Forbidden `role_missing`, Conflict `order_answered`.
    """
    if (order.to, order.case) != (by.unit, case.number):
        raise not_found("order_unknown", order=order.stream)
    if not by.roles & ANSWERERS:
        raise forbidden("role_missing", case, roles=", ".join(sorted(ANSWERERS)))
    if order.answered is not None:
        raise conflict("order_answered", case, order=order.stream)
    return [
        SupervisionAnswerSubmitted(
            case=case.number, epoch=case.epoch, term=case.term, order=order.stream, answer=answer
        )
    ]


def answer_supervision(
    order: Order, *, request: str, asker: str, asked: SupervisionAnswerSubmitted
) -> list[SupervisionAnswered]:
    """What the orderer's service writes by itself on `request`, its sealed answer opened. `[]` when the order has its
    answer, or when another than the ordered unit sends one."""
    if order.answered is not None or (asker, asked.order) != (order.to, order.stream):
        return []
    return [SupervisionAnswered(request=request, answer=asked.answer)]
