"""A case number is given out once, whatever becomes of the database that gave it out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from contracts.case import CaseReceived
from contracts.fields import Ciphertext
from services.office.serials import JUMP, Serials
from services.office.service import OFFICE_MIGRATIONS
from services.runtime.database import MIGRATIONS, migrate
from services.runtime.log import Log, NotWritable
from services.runtime.statements import statement
from tests.runtime.logs import HERE, draft, number, rows, writing

RECEIVED = CaseReceived(item="birth", item_version=1, channel="window", applicant=Ciphertext("v1." + "A" * 60))
DAY = number(1).rpartition("-")[0]


@asynccontextmanager
async def office(database: str) -> AsyncIterator[Log]:
    async with writing(database) as log:
        async with log.pool.acquire() as connection:
            await migrate(connection, (MIGRATIONS, OFFICE_MIGRATIONS))
        yield log


async def test_a_receipt_that_comes_while_a_restored_database_reads_back_fixes_no_number(database: str) -> None:
    async with office(database) as log:
        await log.append(draft(rows(number(1), [RECEIVED])))
        serials = Serials(log)
        log.close("restored: reading back what this service had said")
        with pytest.raises(NotWritable):
            await serials.next(DAY)
        await log.pool.fetchrow(statement("replica/new_incarnation"), "cluster", True, [HERE])
        log.open()
        first = await serials.next(DAY)
        assert first >= JUMP, "numbers given out since the backup were lost with it"
        assert await serials.next(DAY) == first + 1


async def test_two_processes_number_the_receipts_of_a_day_without_meeting_again(database: str) -> None:
    async with office(database) as log:
        await log.append(draft(rows(number(1), [RECEIVED])))
        processes = [Serials(log), Serials(log)]
        assert [await one.next(DAY) for one in processes] == [2, 2], "each counts by itself"
        await log.append(draft(rows(number(2), [RECEIVED])))
        processes[1].taken(DAY)
        reserved = await asyncio.gather(*(processes[1].next(DAY) for _ in range(10)))
        assert sorted(reserved) == list(range(3, 13))
        assert await processes[0].next(DAY) == 3, "it does not know of the other one before it meets it"
        await log.append(draft(rows(number(12), [RECEIVED])))
        processes[0].taken(DAY)
        both = await asyncio.gather(*(one.next(DAY) for _ in range(50) for one in processes))
        assert sorted(both) == list(range(13, 113)), "no number twice, none left out"


async def test_a_reserved_number_that_a_refused_receipt_did_not_need_goes_to_the_next(database: str) -> None:
    async with office(database) as log:
        serials = Serials(log)
        serials.taken(DAY)
        first, second = await serials.next(DAY), await serials.next(DAY)
        serials.unused(DAY, first)
        assert (first, second, await serials.next(DAY)) == (1, 2, 1)


async def test_numbers_given_out_by_a_process_that_counts_alone_are_passed_by(database: str) -> None:
    async with office(database) as log:
        alone, reserving = Serials(log), Serials(log)
        reserving.taken(DAY)
        assert await reserving.next(DAY) == 1
        for serial in (1, 2, 3):
            assert await alone.next(DAY) == serial
            await log.append(draft(rows(number(serial), [RECEIVED])))
        reserving.taken(DAY)
        assert await reserving.next(DAY) == 4
