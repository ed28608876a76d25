"""Reference streams: units, departments, windows, items, delegations, calendar. Read by everyone."""

from contracts.reference.base import ReferenceFact
from contracts.reference.calendars import CalendarAmended, CalendarPublished, DayMark
from contracts.reference.delegations import DelegationGranted, DelegationRevoked
from contracts.reference.departments import (
    DepartmentAdmitted,
    DepartmentLeft,
    RepresentativeInstalled,
    RepresentativePlanned,
    RepresentativeWithdrawn,
    WindowClosed,
    WindowOpened,
)
from contracts.reference.items import (
    ItemContent,
    ItemPublished,
    ItemRetired,
    ItemRevised,
    ItemStep,
    Point,
    RequiredMaterial,
    Route,
    SuspensionGround,
)
from contracts.reference.units import Appointment, StaffAppointed, UnitClosed, UnitInaugurated, UnitOpened, UnitRevised

__all__ = [
    "Appointment",
    "CalendarAmended",
    "CalendarPublished",
    "DayMark",
    "DelegationGranted",
    "DelegationRevoked",
    "DepartmentAdmitted",
    "DepartmentLeft",
    "ItemContent",
    "ItemPublished",
    "ItemRetired",
    "ItemRevised",
    "ItemStep",
    "Point",
    "ReferenceFact",
    "RepresentativeInstalled",
    "RepresentativePlanned",
    "RepresentativeWithdrawn",
    "RequiredMaterial",
    "Route",
    "StaffAppointed",
    "SuspensionGround",
    "UnitClosed",
    "UnitInaugurated",
    "UnitOpened",
    "UnitRevised",
    "WindowClosed",
    "WindowOpened",
]
