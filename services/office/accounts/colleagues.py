"""To whom of an office work may be given."""

from typing import TYPE_CHECKING

from services.runtime.statements import statements

if TYPE_CHECKING:
    from services.runtime.companion import Database

statement = statements(__file__)
MOST = 200


async def colleagues(db: "Database", unit: str) -> list[str]:
    """By staff number, those who sign in at this unit; 200 at most."""
    return [row["name"] for row in await db.fetch(statement("account_colleagues"), unit, MOST)]
