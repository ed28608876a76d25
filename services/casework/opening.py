"""Opening a centre: what has to be there before a unit takes its first case, and the day on which it does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from contracts.reference import Appointment, StaffAppointed, UnitInaugurated
from services.casework.actor import Actor, Role
from services.casework.book import Book, ItemVersion, Unit
from services.casework.moment import local_day
from services.casework.refusals import Conflict, forbidden, role_missing, unlawful
from services.casework.who import AGENTS, DECIDERS

ROLES: frozenset[str] = frozenset(get_args(Role))


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist; `zh` and `en` say what has to be there, `found` how much of it is."""

    name: str
    zh: str
    en: str
    done: bool
    found: int


def checklist(book: Book, unit: str, day: date) -> tuple[Check, ...]:
    """What the unit has on this local day, every line of it; `unit` is in the book.

    A centre opens body by body, as each is ready: one body that decides here is enough, and items of bodies that have
    not come yet are decided where they were. A point that decides nothing needs no body and nobody who decides.
    """
    known = book.units[unit]
    offered = _offered(book, unit, day)
    decided = [item for item in offered if known.tier in item.decidable_on and book.point(unit, item) == "entrusted"]
    bodies = book.departments.get(unit, {})
    deciding = {item.department for item in decided} & bodies.keys()
    roles = [appointment.role for appointment in known.staff]
    receiving, deciders = AGENTS.intersection(roles), DECIDERS.intersection(roles)
    return (
        Check("key", "单位密钥", "the unit's keys", bool(known.sealing_key and known.anchor_key), 2),
        Check(
            "bodies",
            "至少一个在此作出决定的进驻部门",
            "a body that decides here",
            bool(deciding) or not decided,
            len(deciding) if decided else len(bodies),
        ),
        Check("items", "至少一个可办理的事项", "an item to receive", bool(offered), len(offered)),
        Check(
            "staff",
            "收件人员，以及在此作出决定时的审批人员或首席代表",
            "somebody who receives and, where anything is decided, somebody who decides",
            bool(receiving) and (bool(deciders) or not decided),
            len({appointment.person for appointment in known.staff}),
        ),
        Check(
            "calendar",
            f"已发布的 {day.year} 年工作日历",
            f"the published working days of {day.year}",
            book.calendar.year(day.year).version is not None,
            len(book.calendar.years),
        ),
        Check(
            "superior",
            "已运行的上级单位",
            "a superior that is open",
            known.parent is None or book.is_open(known.parent),
            int(known.parent is not None),
        ),
    )


def appoint_staff(*, by: Actor, book: Book, unit: str, staff: Sequence[Appointment], root: str) -> list[StaffAppointed]:
    """Who is on duty at a unit, all of them; `[]` when that is the list. Only the city's administrator, who writes
    units.

    Raises Forbidden `role_missing`, `city_only`; Unlawful `unit_unknown`, `unit_closed`, `role_unknown`,
    `department_unknown`.
    """
    known = _kept(by, book, unit, root)
    for appointment in staff:
        if appointment.role not in ROLES:
            raise unlawful("role_unknown", None, role=appointment.role)
        if appointment.department not in (None, *book.departments.get(unit, {})):
            raise unlawful("department_unknown", None, unit=unit, department=appointment.department)
    return [] if known.staff == tuple(staff) else [StaffAppointed(staff=tuple(staff))]


def inaugurate_unit(*, by: Actor, at: datetime, book: Book, unit: str, root: str) -> list[UnitInaugurated]:
    """From now on the unit takes cases; refused with the list of what is lacking.

    Raises Forbidden `role_missing`, `city_only`; Unlawful `unit_unknown`, `unit_closed`, `opening_incomplete`; Conflict
    `unit_open_already`.
    """
    known = _kept(by, book, unit, root)
    if not known.preparing:
        raise Conflict("unit_open_already", None, unit=unit)
    today = local_day(at)
    lacking = [check for check in checklist(book, unit, today) if not check.done]
    if lacking:
        raise unlawful("opening_incomplete", None, unit=unit, lacking=_named(lacking))
    return [UnitInaugurated(opened_on=today)]


def _kept(by: Actor, book: Book, unit: str, root: str) -> Unit:
    if "unit_administrator" not in by.roles:
        raise role_missing({"unit_administrator"})
    if by.unit != root:
        raise forbidden("city_only", None, unit=root)
    known = book.units.get(unit)
    if known is None:
        raise unlawful("unit_unknown", None, unit=unit)
    if known.closed_on is not None:
        raise unlawful("unit_closed", None, unit=unit, successor=known.successor or "-")
    return known


def _offered(book: Book, unit: str, day: date) -> list[ItemVersion]:
    versions = (item.on(day) for item in book.items.values() if not item.retired(day))
    return [version for version in versions if version is not None and book.offers(unit, version)]


def _named(lacking: Iterable[Check]) -> tuple[str, str]:
    every = list(lacking)
    return "；".join(check.zh for check in every), "; ".join(check.en for check in every)
