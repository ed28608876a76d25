"""The board has every case, so it counts those of every body, and names nobody."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from contracts.case import CaseAccepted, CaseDecided
from contracts.reference import DelegationGranted, DepartmentAdmitted, RepresentativeInstalled
from services.casework.moment import local_day
from tests.portal.conftest import Portal
from tests.portal.histories import CITY, DISTRICT, MORNING, TOWNSHIP, History, beside, minutes
from tests.portal.test_due import received

CODE, CHIEF = "industry-commerce", "staff-7"
TODAY = local_day(MORNING)


def decided(serial: int, unit: str) -> History:
    accepted = CaseAccepted(accepted_on=TODAY)
    case = received(serial, unit).write(unit, accepted, minutes(serial))
    return case.write(unit, CaseDecided(outcome="granted"), minutes(serial))


async def hung_out(portal: Portal, unit: str, day: date) -> None:
    """The body at this unit has the sign of its chief representative out since this day."""
    grant = DelegationGranted(
        unit=unit,
        department=CODE,
        person=CHIEF,
        items=("business-licence",),
        powers=("decide_on_the_spot",),
        document="grant-2026-1",
        valid_from=day,
        valid_to=date(2099, 12, 31),
    )
    admitted = beside(f"department/{unit}.{CODE}", unit, DepartmentAdmitted(unit=unit, code=CODE, name="工商局"))
    installed = RepresentativeInstalled(person=CHIEF, installed_on=day)
    for draft in (
        admitted,
        beside(f"delegation/{unit}", unit, grant),
        beside(admitted.stream, unit, installed, 2, admitted.rows[0].hash),
    ):
        await portal.log.append(draft)


async def asked(http: httpx.AsyncClient, **query: str) -> dict[str, Any]:
    answer = await http.get("/api/v1/dashboard/chief-representatives", params=query)
    assert answer.status_code == 200, answer.text
    assert CHIEF not in answer.text
    return answer.json()


async def test_cases_of_every_body_are_counted_whoever_hosts_it(portal: Portal, http: httpx.AsyncClient) -> None:
    portal.parts.boards.clock = portal.clock
    portal.clock.at = MORNING + timedelta(days=1)
    await hung_out(portal, CITY, TODAY)
    await hung_out(portal, DISTRICT, TODAY + timedelta(days=1))
    await hung_out(portal, TOWNSHIP, TODAY)
    await portal.add(decided(1, CITY), decided(2, DISTRICT), decided(3, DISTRICT), received(4))
    said = await asked(http)
    figures = {one["unit"]: (one["cases_before"]["decided"], one["cases_after"]["decided"]) for one in said["bodies"]}
    assert figures == {CITY: (0, 1), DISTRICT: (2, 0), TOWNSHIP: (0, 0)}
    assert (said["standings"]["hung_out"], said["total"]["items"]["items"]) == (3, 1)
    assert (said["total"]["cases_before"]["decided"], said["total"]["cases_after"]["decided"]) == (2, 1)
    assert [one["unit"] for one in (await asked(http, unit=DISTRICT))["bodies"]] == [DISTRICT]


@pytest.mark.parametrize(
    ("query", "status", "code"), [({"unit": "349999"}, 404, "unit_unknown"), ({"unit": "x"}, 422, "invalid")]
)
async def test_a_unit_that_there_is_not_is_a_problem(
    http: httpx.AsyncClient, query: dict[str, str], status: int, code: str
) -> None:
    answer = await http.get("/api/v1/dashboard/chief-representatives", params=query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
