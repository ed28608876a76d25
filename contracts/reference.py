"""Reference streams: units, departments, windows, items, delegations, calendar. Read by everyone."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from contracts.case.base import Value
from contracts.case.receipt import Version
from contracts.events import Event
from contracts.fields import Code, Day, Fen, Flag, ItemCode, Name, PublicKey, Text, Tier, UnitCode, WorkingDays


class ReferenceFact(Event, abstract=True):
    """Written by the city (units, calendar) or by city and district (their own items and delegations)."""


class UnitOpened(ReferenceFact):
    """Stream `unit/<code>`. The parent may be of the same tier; the city's root unit has none.

    `preparing`: it is in the tree and takes no case before UnitInaugurated.
    """

    kind: ClassVar[str] = "unit"

    code: UnitCode
    name: Name
    tier: Tier
    sealing_key: PublicKey
    anchor_key: PublicKey
    parent: UnitCode | None = None
    preparing: Flag = False


class Appointment(Value):
    """A person on duty, by staff number, and in which role; of a body, or of the centre itself."""

    person: Code
    role: Code
    department: Code | None = None


class StaffAppointed(ReferenceFact):
    """Everybody who is on duty there; takes the place of the list of before."""

    kind: ClassVar[str] = "unit"

    staff: Annotated[tuple[Appointment, ...], Field(min_length=1, max_length=500)]


class UnitInaugurated(ReferenceFact):
    """A unit that was being prepared takes cases from now on (挂牌运行)."""

    kind: ClassVar[str] = "unit"

    opened_on: Day


class UnitRevised(ReferenceFact):
    kind: ClassVar[str] = "unit"

    name: Name
    sealing_key: PublicKey
    anchor_key: PublicKey


class UnitClosed(ReferenceFact):
    """Its closed cases go to the successor, who may reopen (protocol B6)."""

    kind: ClassVar[str] = "unit"

    successor: UnitCode
    closed_on: Day


class DepartmentAdmitted(ReferenceFact):
    """Stream `department/<unit>.<code>`: a body moves its windows into the centre."""

    kind: ClassVar[str] = "department"

    unit: UnitCode
    code: Code
    name: Name
    admitted_on: Day | None = None
    """Not known of those admitted before it was asked for."""


class RepresentativePlanned(ReferenceFact):
    """The body prepares for a chief representative at this centre. `illustrative`: made up, and says so."""

    kind: ClassVar[str] = "department"

    planned_on: Day
    illustrative: Flag = False


class RepresentativeInstalled(ReferenceFact):
    """The sign of its chief representative is hung out at the window (挂牌): who sits there holds a grant of it."""

    kind: ClassVar[str] = "department"

    person: Code
    installed_on: Day
    illustrative: Flag = False


class RepresentativeWithdrawn(ReferenceFact):
    """The sign is taken down (摘牌); `withdrawn_on` is the first local day without it."""

    kind: ClassVar[str] = "department"

    reason: Code
    withdrawn_on: Day


class DepartmentLeft(ReferenceFact):
    kind: ClassVar[str] = "department"

    reason: Code


class WindowOpened(ReferenceFact):
    """Stream `window/<unit>.<code>`."""

    kind: ClassVar[str] = "window"

    unit: UnitCode
    code: Code
    department: Code


class WindowClosed(ReferenceFact):
    kind: ClassVar[str] = "window"

    reason: Code


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


class DelegationGranted(ReferenceFact):
    """A body delegates powers to its chief representative (授权书). Stream `delegation/<id>`."""

    kind: ClassVar[str] = "delegation"

    unit: UnitCode
    department: Code
    person: Code
    items: Annotated[tuple[Code, ...], Field(min_length=1, max_length=500)]
    powers: Annotated[
        tuple[
            Literal[
                "decide_on_the_spot",
                "sign",
                "coordinate",
                "dispatch_joint_approval",
                "convene_joint_review",
                "supervise_and_chase",
                "answer_and_interpret",
                "issue",
            ],
            ...,
        ],
        Field(min_length=1, max_length=8),
    ]
    document: Code
    valid_from: Day
    valid_to: Day
    illustrative: Flag = False


class DelegationRevoked(ReferenceFact):
    kind: ClassVar[str] = "delegation"

    reason: Code
    revoked_on: Day


class DayMark(Value):
    """A day that differs from plain weekdays: a holiday, or a make-up working day (调休)."""

    day: Day
    work: Flag
    name: Name


class CalendarPublished(ReferenceFact):
    """Stream `calendar/<year>`; marks of one year. Provisional until the year's notice is out."""

    kind: ClassVar[str] = "calendar"

    year: Annotated[int, Field(strict=True, ge=1980, le=2200)]
    calendar_version: Code
    marks: Annotated[tuple[DayMark, ...], Field(max_length=366)]
    source: Text
    provisional: Flag = False


class CalendarAmended(ReferenceFact):
    kind: ClassVar[str] = "calendar"

    calendar_version: Code
    marks: Annotated[tuple[DayMark, ...], Field(max_length=366)]
    reason: Text
