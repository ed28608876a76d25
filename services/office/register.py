"""The register of a centre over HTTP: the bodies that have windows there, and the powers that they granted."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from contracts.envelope import command_id
from contracts.events import Event
from contracts.fields import Code, Day, Flag
from contracts.reference import DelegationGranted, DepartmentAdmitted
from services.casework.book import Book
from services.casework.delegation import Delegation
from services.casework.delegations import grant_delegation, revoke_delegation
from services.casework.reference import admit_department
from services.casework.representative import (
    Way,
    install_representative,
    plan_representative,
    way,
    withdraw_representative,
)
from services.office.person import person
from services.office.reference_log import ReferenceLog
from services.runtime.tokens import Actor

Shown = tuple[dict[str, Any], int]


class Planned(BaseModel):
    """`planned_on`: since which local day; today unless said otherwise. `illustrative`: made up, and says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    planned_on: Day | None = None
    illustrative: Flag = False


class Installed(BaseModel):
    """`installed_on`: the local day on which the sign was hung out; today unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: Code
    installed_on: Day | None = None
    illustrative: Flag = False


class Withdrawn(BaseModel):
    """`withdrawn_on`: the first local day without the sign; today unless said otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: Code
    withdrawn_on: Day | None = None


class Register:
    """Writes the streams `department/<unit>.<code>` and `delegation/<id>` of this service's units."""

    def __init__(self, log: ReferenceLog) -> None:
        self._log = log
        self._granting = asyncio.Lock()

    async def admit_department(
        self, by: Actor, key: str, mac: bytes, department: DepartmentAdmitted
    ) -> tuple[dict[str, Any], int]:
        """The body as it is in the book, and this log's position."""
        pos = await self._log.write(
            f"department/{department.unit}.{department.code}",
            by,
            key,
            mac,
            lambda at: admit_department(by=person(by), at=at, book=self._log.book, department=department),
        )
        return self._shown(f"{department.unit}.{department.code}"), pos

    async def plan_representative(self, department: str, by: Actor, key: str, mac: bytes, said: Planned) -> Shown:
        """The body as it is in the book, and this log's position."""
        return await self._post(
            department,
            by,
            key,
            mac,
            lambda at: plan_representative(
                by=person(by), at=at, book=self._log.book, department=department, **dict(said)
            ),
        )

    async def install_representative(self, department: str, by: Actor, key: str, mac: bytes, said: Installed) -> Shown:
        """The body as it is in the book, and this log's position."""
        return await self._post(
            department,
            by,
            key,
            mac,
            lambda at: install_representative(
                by=person(by), at=at, book=self._log.book, department=department, **dict(said)
            ),
        )

    async def withdraw_representative(self, department: str, by: Actor, key: str, mac: bytes, said: Withdrawn) -> Shown:
        """The body as it is in the book, and this log's position."""
        return await self._post(
            department,
            by,
            key,
            mac,
            lambda at: withdraw_representative(
                by=person(by), at=at, book=self._log.book, department=department, **dict(said)
            ),
        )

    async def _post(
        self, department: str, by: Actor, key: str, mac: bytes, decide: Callable[[datetime], Sequence[Event]]
    ) -> Shown:
        pos = await self._log.write(f"department/{department}", by, key, mac, decide)
        return self._shown(department), pos

    def _shown(self, department: str) -> dict[str, Any]:
        found = way(self._log.book, department, self._log.today)
        assert found is not None
        return shown_department(self._log.book, department, found)

    async def grant(self, by: Actor, key: str, mac: bytes, grant: DelegationGranted) -> tuple[dict[str, Any], int]:
        """The grant as it is in the book, and this log's position. Its id comes from the Idempotency-Key."""
        delegation = command_id(by.unit, key).hex()[:32]
        # Whether two grants overlap is seen by the book alone, so no grant is decided before the one before is in it.
        async with self._granting:
            pos = await self._log.write(
                f"delegation/{delegation}",
                by,
                key,
                mac,
                lambda at: grant_delegation(by=person(by), at=at, book=self._log.book, key=delegation, grant=grant),
            )
        return shown_delegation(self._log.book.delegations[delegation], self._log.today), pos

    async def revoke(
        self, delegation: str, by: Actor, key: str, mac: bytes, reason: str, revoked_on: date | None
    ) -> tuple[dict[str, Any], int]:
        """The grant as it is in the book, and this log's position."""
        pos = await self._log.write(
            f"delegation/{delegation}",
            by,
            key,
            mac,
            lambda at: revoke_delegation(
                by=person(by), at=at, book=self._log.book, key=delegation, reason=reason, revoked_on=revoked_on
            ),
        )
        return shown_delegation(self._log.book.delegations[delegation], self._log.today), pos


def shown_department(book: Book, department: str, found: Way) -> dict[str, Any]:
    """The body of `<unit>.<code>`. `standing`: how far it is with its chief representative; `days`: the first local day
    of each state."""
    days = {
        "admitted": found.admitted,
        "preparing": found.planned,
        "granted": found.granted,
        "hung_out": found.hung_out,
    }
    return {
        "unit": found.unit,
        "code": found.department,
        "name": book.departments[found.unit][found.department],
        "standing": found.standing,
        "days": {state: day.isoformat() if day else None for state, day in days.items()},
        "illustrative": found.illustrative,
    }


def shown_delegation(grant: Delegation, today: date) -> dict[str, Any]:
    """`in_force`: on this day; `why_not` is the code under which a decision would be refused."""
    why_not = grant.why_not_on(today)
    return {
        "id": grant.key,
        "unit": grant.unit,
        "department": grant.department,
        "person": grant.person,
        "items": sorted(grant.items),
        "powers": sorted(grant.powers),
        "document": grant.document,
        "valid_from": grant.valid_from.isoformat(),
        "valid_to": grant.valid_to.isoformat(),
        "revoked_on": grant.revoked_on.isoformat() if grant.revoked_on else None,
        "in_force": why_not is None,
        "why_not": why_not,
        "illustrative": grant.illustrative,
    }
