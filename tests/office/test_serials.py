"""A case number is given out once, whatever becomes of the database that gave it out."""

import pytest

from contracts.case import CaseReceived
from contracts.fields import Ciphertext
from services.office.serials import JUMP, Serials
from services.runtime.log import NotWritable
from services.runtime.statements import statement
from tests.runtime.logs import HERE, draft, number, rows, writing

RECEIVED = CaseReceived(item="birth", item_version=1, channel="window", applicant=Ciphertext("v1." + "A" * 60))
DAY = number(1).rpartition("-")[0]


async def test_a_receipt_that_comes_while_a_restored_database_reads_back_fixes_no_number(database: str) -> None:
    async with writing(database) as log:
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
