"""What is sent to a clearance round over HTTP. Unknown fields are refused."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.clearance import ProposalReviewed, StepLimit
from contracts.fields import Code, Day, Text, WorkingDays


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnsweredForm(_Body):
    """What the window says of one item; without a step dropped or a day fewer, that nothing is to change."""

    item: Code
    committed_days: WorkingDays
    ground: Text
    drops: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    days: Annotated[tuple[StepLimit, ...], Field(max_length=100)] = ()


class Answered(_Body):
    """The forms that one window hands in together."""

    window: Code
    forms: Annotated[tuple[AnsweredForm, ...], Field(min_length=1, max_length=500)]


class Reviewed(_Body):
    reviews: Annotated[tuple[ProposalReviewed, ...], Field(min_length=1, max_length=500)]


class Approved(_Body):
    """`document`: number of the approving document."""

    document: Code


class Published(_Body):
    """`valid_from`: the first local day of the new versions; today unless said otherwise."""

    valid_from: Day | None = None
