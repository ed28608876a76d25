"""The register of a centre over HTTP: the bodies that have windows there, and the powers that they granted."""

import asyncio
from datetime import date
from typing import Any

from contracts.envelope import command_id
from contracts.reference import DelegationGranted, DepartmentAdmitted
from services.casework.book import Book, Delegation
from services.casework.delegation import grant_delegation, revoke_delegation, standing
from services.casework.reference import admit_department
from services.office.cases import person
from services.office.reference_log import ReferenceLog
from services.runtime.tokens import Actor


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
            lambda _: admit_department(by=person(by), book=self._log.book, department=department),
        )
        return shown_department(self._log.book, department.unit, department.code, self._log.today), pos

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


def shown_department(book: Book, unit: str, code: str, today: date) -> dict[str, Any]:
    """`standing`: how far the body is with its chief representative on this day."""
    name = book.departments[unit][code]
    return {"unit": unit, "code": code, "name": name, "standing": standing(book, unit, code, today)}


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
    }
