"""What an event is, and the register of all of them.

An event's type on the wire is `sanji.<stream kind>.<Name>.v<n>`. Unknown fields are refused; a new field
needs a default, a removed or retyped one a new version and an upcaster (contracts.upcast). What a fault in an event's
data prints never shows the value: it might be text that should have been sealed.
"""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Event(BaseModel):
    """A fact, in the past tense, immutable. Subclasses with a `kind` are registered by their type."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    kind: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def __init_subclass__(cls, abstract: bool = False) -> None:
        """`abstract=True` for a base that several events share; it is no event itself."""

    @classmethod
    def __pydantic_init_subclass__(cls, abstract: bool = False, **_: object) -> None:
        if cls.kind and not abstract and EVENTS.setdefault(type_name(cls), cls) is not cls:
            raise TypeError(f"there are two events {type_name(cls)}")


EVENTS: dict[str, type[Event]] = {}
"""Every event type by its name on the wire; complete once `contracts.catalogue` is imported."""


def type_name(event: type[Event]) -> str:
    """`sanji.case.CaseReceived.v1` for the class CaseReceived of streams of kind case."""
    return f"sanji.{event.kind}.{event.__name__}.v{event.version}"


def schema_uri(event: type[Event]) -> str:
    """The `dataschema` of a record: names the JSON Schema in contracts/schemas."""
    return f"urn:sanji:schema:{event.kind}.{event.__name__}.v{event.version}"
