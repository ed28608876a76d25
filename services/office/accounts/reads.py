"""Who read what lay sealed: kept before it is shown, and listed for the unit."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.runtime.statements import statements

if TYPE_CHECKING:
    from services.runtime.companion import Database

statement = statements(__file__)
PAGE = 50
NEWEST = 2**62


@dataclass(frozen=True, slots=True)
class Read:
    """`texts`: which events' texts were opened; `why`: the code of what for."""

    id: int
    at: datetime
    person: str
    number: str
    why: str
    texts: tuple[str, ...]


async def note(db: "Database", person: str, unit: str, number: str, why: str, texts: list[str]) -> None:
    await db.execute(statement("sealed_read_note"), person, unit, number, why, texts)


async def page(db: "Database", unit: str, before: int = NEWEST) -> list[Read]:
    """Of a unit's people, newest first, those whose id is below `before`; one more than PAGE when there are more."""
    rows = await db.fetch(statement("sealed_read_page"), unit, before, PAGE + 1)
    return [Read(r["id"], r["at"], r["person"], r["number"], r["why"], tuple(r["texts"])) for r in rows]
