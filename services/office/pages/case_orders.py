"""Supervision orders on the page of a case: what this unit gave or got, and who may account for it."""

from collections.abc import Sequence
from typing import NamedTuple

from services.casework.actions import Action
from services.casework.actor import Actor
from services.casework.order_limits import OrderLimit, order_limit
from services.casework.refusals import Refusal
from services.casework.supervision import Order, may_answer
from services.casework.table import ROWS
from services.casework.who import ROLES
from services.office.pages.act_forms import Desk
from services.office.serving import Office
from services.office.supervision import Orders

READ_BY = ROLES["order_supervision"] | ROLES["submit_supervision_answer"]
ACCOUNT = ROWS["submit_supervision_answer"].route


class Ordered(NamedTuple):
    """A supervision order that this unit gave or got, and its limit now. `submitted`: the account is on its way."""

    order: Order
    limit: OrderLimit
    submitted: bool
    text: str | None
    answer: str | None


async def on_case(office: Office, orders: Orders, number: str, unit: str) -> list[Ordered]:
    calendar, now = office.cases.book.calendar, office.cases.clock()
    return [
        Ordered(order, order_limit(order, calendar, now), told["submitted"], told["text"], told["answer"])
        for order, told in await orders.on_case(number, unit)
    ]


def unanswered(orders: Sequence[Ordered], unit: str) -> list[Order]:
    """Those that this unit has still to account for."""
    return [one.order for one in orders if one.order.to == unit and one.order.answered is None and not one.submitted]


def accounting(desk: Desk, who: Actor) -> list[Action]:
    """Whether this person may account for what was ordered; casework's table cannot tell without the order."""
    refusal: Refusal | None = None
    for order in desk.orders:
        try:
            may_answer(order, desk.case, who, desk.book)
        except Refusal as raised:
            refusal = raised
        else:
            return [Action(ACCOUNT)]
    return [Action(ACCOUNT, refusal)] if desk.orders else []


def texts(orders: Sequence[Ordered]) -> list[str]:
    """The events whose texts can be opened, for the note of who reads them."""
    asked = ["SupervisionOrdered"] if any(one.text for one in orders) else []
    return asked + (["SupervisionAnswered"] if any(one.answer for one in orders) else [])
