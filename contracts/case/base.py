"""What every event of a case and every value inside one has in common."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from contracts.events import Event


class CaseFact(Event, abstract=True):
    """An event of the stream of a case; the stream is the case number."""

    kind: ClassVar[str] = "case"


class Value(BaseModel):
    """A value inside an event or a body: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
