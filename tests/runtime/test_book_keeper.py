"""The reference data in memory, against a database that forgets."""

import asyncio

from contracts.reference import UnitOpened
from deploy.local import Stack
from services.office.book_keeper import BookKeeper
from services.runtime.database import connect
from services.runtime.log import Log
from services.runtime.row import Draft
from tests.runtime.logs import rows, running, writing

CITY = "340400"


async def opened(log: Log, code: str) -> int:
    """A unit is opened; the position of its event."""
    unit = UnitOpened(code=code, name=code, tier="district", sealing_key="A" * 43, anchor_key="A" * 43, parent=CITY)
    found = rows(f"unit/{code}", [unit], unit=CITY)
    draft = Draft(found[0].stream, None, CITY, found[0].command, None, None, found)
    return (await log.append(draft)).last


async def test_the_book_follows_what_is_opened(database: str) -> None:
    async with writing(database) as log:
        keeper = BookKeeper(log.pool, log.tide)
        async with running(keeper):
            pos = await opened(log, "340402")
            assert await keeper.known.reach(pos, 10)
            assert keeper.book.is_open("340402")


async def test_a_database_that_forgot_its_last_rows_is_read_anew(database: str, stack: Stack) -> None:
    async with writing(database) as log, await connect(database, size=2) as pool:
        keeper = BookKeeper(pool, log.tide)
        await opened(log, "340402")
        last = await opened(log, "340403")
        await keeper.caught_up()
        # A crash takes the last row, and its position goes to another one, which nobody may pass over.
        await log.pool.execute("delete from log where pos = $1", last)
        await log.pool.execute("update log_head set pos = $1", last - 1)
        assert await opened(log, "340404") == last
        await asyncio.to_thread(stack.postgres.kill9)
        await asyncio.to_thread(stack.postgres.start)
        async with running(keeper):
            async with asyncio.timeout(20):
                while not keeper.book.is_open("340404"):
                    await log.tide.past(log.tide.pos, 0.1)
        assert not keeper.book.is_open("340403")
