"""Items (事项) and their versions."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.case.base import Value
from contracts.case.receipt import Version
from contracts.fields import Code, Day, Fen, Flag, ItemCode, Name, Text, Tier, UnitCode, WorkingDays
from contracts.reference.base import ReferenceFact


class RequiredMaterial(Value):
    kind: Code
    name: Name
    form: Literal["original", "copy"]
    source: Literal["applicant", "other_office", "certificate"] = "applicant"
    required: Flag = True


class ItemStep(Value):
    """A step with leader, section, person, content and limit, as the re-engineering report demands."""

    code: Code
    name: Name
    kind: Code | None = None
    content: Text | None = None
    site_check: Flag = False
    leader: Code | None = None
    section: Code | None = None
    person: Code | None = None
    days: WorkingDays | None = None


class Point(Value):
    """What a tier is for an item: entrusted accepts and declines itself, an agent only receives and forwards."""

    tier: Tier
    role: Literal["entrusted", "agent"]


class Route(Value):
    """Which tier receives, reviews and decides; the unit tree says which unit."""

    receives: Tier
    decides: Tier
    reviews: Tier | None = None


class SuspensionGround(Value):
    """For what, beside the eight of [45], time does not count; an act that rests on it cites its basis."""

    code: Code
    name: Name
    name_en: Name | None = None


class ItemContent(ReferenceFact):
    """Everything the catalogue says of a published service, in one version."""

    code: ItemCode
    name: Name
    department: Code
    type: Literal["immediate", "committed", "joint", "reported"]
    tier: Tier
    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=3)]
    route: Route
    decidable_on: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=3)]
    legal_basis: Annotated[tuple[Text, ...], Field(min_length=1, max_length=20)]
    statutory_days: WorkingDays
    committed_days: WorkingDays
    name_en: Name | None = None
    unit: UnitCode | None = None
    section: Code | None = None
    in_centre: Flag = True
    expert_review: Flag = False
    collective_discussion: Flag = False
    materials: Annotated[tuple[RequiredMaterial, ...], Field(max_length=60)] = ()
    steps: Annotated[tuple[ItemStep, ...], Field(max_length=100)] = ()
    supplement_days: WorkingDays = 15
    fee: Fen = 0
    fee_basis: Text | None = None
    validity_months: Annotated[int, Field(strict=True, ge=1, le=1200)] | None = None
    renewal_days: WorkingDays | None = None
    """Working days before the end of validity until which its renewal is applied for [50]."""
    suspension_grounds: Annotated[tuple[SuspensionGround, ...], Field(max_length=20)] = ()
    illustrative: Annotated[tuple[Code, ...], Field(max_length=40)] = ()
    valid_from: Day | None = None
    """The first local day on which cases are received under this version, until the next one's; None: any day."""


class ItemPublished(ItemContent):
    """Stream `item/<code>`, in a district's own catalogue `item/<unit>.<code>`. `illustrative` names made-up fields."""

    kind: ClassVar[str] = "item"

    item_version: Version = 1


class ItemRevised(ItemContent):
    kind: ClassVar[str] = "item"

    item_version: Version
    ground: Text
    clearance: Code | None = None
    """The round that this version came out of."""


class ItemRetired(ReferenceFact):
    """From `retired_on` on no case is received; those received before go on under their version."""

    kind: ClassVar[str] = "item"

    ground: Text
    retired_on: Day
