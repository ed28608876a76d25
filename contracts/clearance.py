"""Clearance rounds (清理): each window proposes of its own items which steps and days to drop; reviewed, approved, and
published as the items' next versions. Stream `clearance/<id>`; read by everyone."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.case.base import Value
from contracts.case.receipt import Version
from contracts.fields import Code, Day, Flag, Name, RequestId, Text, UnitCode, WorkingDays
from contracts.reference import ReferenceFact


class ClearanceFact(ReferenceFact, abstract=True):
    """Written by the city or the district whose catalogue it is."""

    kind: ClassVar[str] = "clearance"


class ClearanceOpened(ClearanceFact):
    """A form for each of these items goes to the windows of its body; they answer until the end of the day `until`.

    `items` are catalogue keys. `illustrative`: the round and all that it changes is made up, and says so.
    """

    unit: UnitCode
    name: Name
    items: Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]
    until: Day
    illustrative: Flag = False


class StepLimit(Value):
    """A step of the item and the working days it is to have."""

    step: Code
    days: WorkingDays


class ProposalSubmitted(ClearanceFact):
    """A window's form for one item: which steps to drop, how many days the others and the whole are to have.

    It takes the place of the window's form of before. With no step dropped and no day fewer the window says that
    nothing is to change. `item_version` is the version that the window had before it.
    """

    proposal: RequestId
    item: Code
    item_version: Version
    window: Code
    committed_days: WorkingDays
    ground: Text
    drops: Annotated[tuple[Code, ...], Field(max_length=100)] = ()
    days: Annotated[tuple[StepLimit, ...], Field(max_length=100)] = ()


class ProposalReviewed(ClearanceFact):
    """`sent_back` asks the window for another form, and says why."""

    proposal: RequestId
    verdict: Literal["agreed", "sent_back"]
    comment: Text | None = None


class ClearanceApproved(ClearanceFact):
    """The government approves the proposals that were agreed to, by the document of this number."""

    document: Code
    proposals: Annotated[tuple[RequestId, ...], Field(max_length=500)]


class PublishedVersion(Value):
    item: Code
    item_version: Version


class ClearancePublished(ClearanceFact):
    """The end of the round. Each version stands in its item's stream and names this round."""

    valid_from: Day
    versions: Annotated[tuple[PublishedVersion, ...], Field(max_length=500)]
