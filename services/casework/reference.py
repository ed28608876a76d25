"""Opening units and admitting bodies: what the city and the districts write into the reference streams."""

from datetime import datetime

from contracts.reference import DepartmentAdmitted, UnitOpened
from services.casework.actor import Actor
from services.casework.book import RANK, Book
from services.casework.moment import local_day
from services.casework.refusals import forbidden, role_missing, unlawful


def open_unit(*, by: Actor, book: Book, unit: UnitOpened, root: str) -> list[UnitOpened]:
    """Open a centre or service point; only the city's administrator may. `[]` when it is open with this content.

    The root unit opens itself first. Raises Forbidden `role_missing`, `city_only`; Unlawful `unit_exists`,
    `unit_unknown` (its parent), `unit_closed`, `tier_order`.
    """
    if "unit_administrator" not in by.roles:
        raise role_missing({"unit_administrator"})
    if by.unit != root:
        raise forbidden("city_only", None, unit=root)
    known = book.units.get(unit.code)
    if known is not None:
        same = (known.name, known.tier, known.parent) == (unit.name, unit.tier, unit.parent)
        if same and (known.sealing_key, known.anchor_key) == (unit.sealing_key, unit.anchor_key):
            return []
        raise unlawful("unit_exists", None, unit=unit.code)
    if (unit.parent is None) != (unit.code == root):
        raise unlawful("tier_order", None, unit=unit.code)
    if unit.parent is not None:
        parent = book.units.get(unit.parent)
        if parent is None:
            raise unlawful("unit_unknown", None, unit=unit.parent)
        if parent.closed_on is not None:
            raise unlawful("unit_closed", None, unit=unit.parent, successor=parent.successor or "-")
        if RANK[parent.tier] < RANK[unit.tier]:
            raise unlawful("tier_order", None, unit=unit.code)
    elif unit.tier != "city":
        raise unlawful("tier_order", None, unit=unit.code)
    return [unit]


def keeps_register_of(unit: str, by: Actor, book: Book) -> None:
    """City and district write of themselves, and a district of the points below it, which write no reference data.

    Raises Unlawful `unit_unknown`, `unit_closed`, Forbidden `own_register`.
    """
    found = book.units.get(unit)
    if found is None:
        raise unlawful("unit_unknown", None, unit=unit)
    if found.closed_on is not None:
        raise unlawful("unit_closed", None, unit=unit, successor=found.successor or "-")
    if by.unit != next((above for above in book.lineage(unit) if book.tier(above) != "township"), None):
        raise forbidden("own_register", None, unit=by.unit)


def admit_department(
    *, by: Actor, at: datetime, book: Book, department: DepartmentAdmitted
) -> list[DepartmentAdmitted]:
    """A body moves its windows into the centre, today unless said otherwise; `[]` when it is there. Stream
    `department/<unit>.<code>`.

    Raises Forbidden `role_missing`, `own_register`; Unlawful `unit_unknown`, `unit_closed`, `department_exists`,
    `day_to_come`.
    """
    if "unit_administrator" not in by.roles:
        raise role_missing({"unit_administrator"})
    keeps_register_of(department.unit, by, book)
    name = book.departments.get(department.unit, {}).get(department.code)
    if name not in (None, department.name):
        raise unlawful("department_exists", None, department=department.code, unit=department.unit)
    today = local_day(at)
    if department.admitted_on is not None and department.admitted_on > today:
        raise unlawful("day_to_come", None, day=department.admitted_on.isoformat())
    admitted = department.model_copy(update={"admitted_on": department.admitted_on or today})
    return [admitted] if name is None else []
