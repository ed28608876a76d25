"""All event types, imported once, so that the register is complete. Read events through this module."""

from types import ModuleType
from typing import Any

from contracts import anchor, case, clearance, portal, reference, requests, supervision
from contracts.events import EVENTS, Event
from contracts.upcast import CHAIN, Chain

MODULES: tuple[ModuleType, ...] = (anchor, case, clearance, portal, reference, requests, supervision)


class UnknownEvent(ValueError):
    """No event type of this name, nor a way to lift it to one: an older program reads a newer record."""


def event_of(type_name: str, data: dict[str, Any], chain: Chain = CHAIN) -> Event:
    """The event that a record's `type` and `data` say, lifted to its newest version.

    Raises UnknownEvent, or pydantic's ValidationError when the data does not fit its schema.
    """
    name, lifted = chain.lift(type_name, data)
    model = EVENTS.get(name)
    if model is None:
        raise UnknownEvent(type_name)
    return model.__pydantic_validator__.validate_python(lifted)


__all__ = ["EVENTS", "MODULES", "UnknownEvent", "event_of"]
