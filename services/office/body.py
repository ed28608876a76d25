"""What the body of every act is made of. Unknown fields are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.fields import Code, Instant

Codes = Annotated[tuple[Code, ...], Field(max_length=10)]


class Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ActBody(Body):
    """`at` is for the role integrator alone: the time of an act of imported history, RFC 3339."""

    at: Instant | None = None
