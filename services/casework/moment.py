"""When an act happens. Time never goes back within a case, whatever the clock of the tier says."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.casework.actor import Actor
from services.casework.case import Case
from services.casework.refusals import forbidden, unlawful

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local_day(at: datetime) -> date:
    """The day in the office at this instant."""
    return at.astimezone(SHANGHAI).date()


@lru_cache(maxsize=4096)
def day_begins(day: date) -> datetime:
    """The instant in UTC at which this day begins in the office: 00:00."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)


def day_ends(day: date) -> datetime:
    """The first instant in UTC that is after this day in the office: its 24:00. An act at it is late."""
    return day_begins(day + timedelta(days=1))


def moment(case: Case, at: datetime) -> datetime:
    """`at`, but at least the time of the event before."""
    return max(at, case.last_time)


def service_moment(case: Case, now: datetime) -> datetime:
    """The time of what a service writes by itself: on imported history that of the event before, else now."""
    return case.last_time if case.importing else moment(case, now)


def said_moment(case: Case, by: Actor, now: datetime, said: datetime | None) -> datetime:
    """The time of a person's act; `said` is the `at` of the body.

    Raises Forbidden `at_not_integrator`, Unlawful `at_not_imported`, `at_in_future`.
    """
    if said is None:
        return moment(case, now)
    if "integrator" not in by.roles:
        raise forbidden("at_not_integrator", case)
    if not case.importing:
        raise unlawful("at_not_imported", case)
    if said > now:
        raise unlawful("at_in_future", case)
    return moment(case, said)


def receipt_moment(by: Actor, now: datetime, said: datetime | None, imported: bool) -> datetime:
    """The time of a receipt. Raises as `said_moment`, and Forbidden `import_not_integrator`."""
    if imported and "integrator" not in by.roles:
        raise forbidden("import_not_integrator", None)
    if said is None:
        return now
    if "integrator" not in by.roles:
        raise forbidden("at_not_integrator", None)
    if not imported:
        raise unlawful("at_not_imported", None)
    if said > now:
        raise unlawful("at_in_future", None)
    return said
