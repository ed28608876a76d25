"""Every act that the page of a case has a form for, and who does it."""

from collections.abc import Mapping

from services.casework.refusals import forbidden
from services.office.acting import Acts
from services.office.asking_bodies import AssumeCustody, OrderSupervision, SubmitSupervisionAnswer
from services.office.assuming import Assuming
from services.office.bodies import BODIES
from services.office.body import ActBody, Body
from services.office.supervision import Orders
from services.runtime.tokens import Actor

PAGE_BODIES: Mapping[str, type[Body]] = {
    **BODIES,
    "assume_custody": AssumeCustody,
    "order_supervision": OrderSupervision,
    "submit_supervision_answer": SubmitSupervisionAnswer,
}
"""The body that each form gives, by the act's name in casework's table."""


class Deeds:
    """Of one tier service. `assuming`: at the city alone."""

    def __init__(self, acts: Acts, orders: Orders, assuming: Assuming | None) -> None:
        self.orders = orders
        self._acts = acts
        self._assuming = assuming

    async def perform(self, name: str, number: str, by: Actor, key: str, mac: bytes, body: Body) -> None:
        """Do it. Raises what casework, the log and the reading of feeds raise."""
        match body:
            case OrderSupervision():
                await self.orders.give(number, by, key, mac, body)
            case SubmitSupervisionAnswer():
                await self.orders.answer(number, by, key, mac, body)
            case AssumeCustody():
                if self._assuming is None:
                    raise forbidden("city_alone", None)
                await self._assuming.assume(number, by, key, mac, body)
            case ActBody():
                await self._acts.perform(name, number, by, key, mac, body)
            case _:
                raise TypeError(name)
