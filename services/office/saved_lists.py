"""Lists that a person narrowed and keeps under a name."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from services.office.lists import Asked
from services.runtime.http.problem import Problem
from services.runtime.statements import statements

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

    from services.runtime.companion import Database

statement = statements(__file__)
MOST = 20
"""Of one person."""
_WORDS = StringConstraints(strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f]*$")


class Named(BaseModel):
    """The name that a list is kept under."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: Annotated[str, _WORDS]


@dataclass(frozen=True, slots=True)
class SavedList:
    name: str
    asked: Asked


async def kept(db: "Database", account: str) -> list[SavedList]:
    """The oldest first."""
    rows = await db.fetch(statement("saved_lists"), account)
    return [SavedList(row["name"], Asked(list=row["list"], light=row["light"], item=row["item"])) for row in rows]


async def keep(pool: "Pool[Record]", account: str, name: str, asked: Asked) -> None:
    """In the place of one of that name. Raises Problem 409 when there are as many as one person may have."""
    said = (asked.list, asked.light, asked.item)
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(statement("saved_list_lock"), account)
        done = await connection.fetchval(statement("saved_list_keep"), account, name, *said, MOST)
    if done is None:
        raise Problem(
            409,
            "saved_many",
            f"You keep {MOST} lists already. Remove one first.",
            f"您已保存 {MOST} 个清单，请先删除一个。",
        )


async def drop(db: "Database", account: str, name: str) -> None:
    """Nothing happens where there is none of that name."""
    await db.execute(statement("saved_list_drop"), account, name)
