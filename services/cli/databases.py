"""A service's database, as the commands for operators reach it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from services.runtime.database import connect

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

Address = Annotated[str, typer.Option("--database", envvar="SANJI_DATABASE", help="postgresql:// of the service.")]


@asynccontextmanager
async def opened(address: str) -> "AsyncIterator[Pool[Record]]":
    """A small pool; statements may take as long as a whole log takes."""
    pool = await connect(address, size=2)
    try:
        yield pool
    finally:
        await pool.close()
