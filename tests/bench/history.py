"""A log full of cases that went through their whole life."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from contracts import case as c
from contracts.events import Event
from contracts.fields import Ciphertext
from services.runtime.log import COLUMNS, records
from services.runtime.row import Draft, Row, write_row

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

TOWNSHIP, CITY = "340405101", "340400"
ITEM = "birth-certificate"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
SEALED = Ciphertext("v1." + "A" * 220)
"""As long as the particulars of an applicant are when sealed."""
AT_ONCE = 2_000
PAGE = 20_000


def _life() -> tuple[tuple[Event, str, str, int], ...]:
    """(event, writer, holder after it, term) of a case that the city decides."""
    received = c.CaseReceived(item=ITEM, item_version=1, channel="window", applicant=SEALED)
    told: list[tuple[Event, str, str, int]] = [
        (received, TOWNSHIP, TOWNSHIP, 0),
        (c.CaseAccepted(accepted_on=MORNING.date()), TOWNSHIP, TOWNSHIP, 0),
        (c.StepStarted(step="review"), TOWNSHIP, TOWNSHIP, 0),
        (c.StepCompleted(step="review", outcome="done"), TOWNSHIP, TOWNSHIP, 0),
        (c.CaseReferred(to=CITY, referral="forward_up", reason="route"), TOWNSHIP, CITY, 1),
        (c.HandoverArrived(handover="0" * 64), CITY, CITY, 1),
        (c.ReferralAcknowledged(person="C01"), CITY, CITY, 1),
        (c.StepStarted(step="decision"), CITY, CITY, 1),
        (c.StepCompleted(step="decision", outcome="done"), CITY, CITY, 1),
        (c.CaseDecided(outcome="granted"), CITY, CITY, 1),
        (c.CaseConcluded(outcome="issued"), CITY, CITY, 1),
        (c.CaseReturned(to=TOWNSHIP, purpose="deliver_result"), CITY, TOWNSHIP, 2),
        (c.HandoverArrived(handover="0" * 64), TOWNSHIP, TOWNSHIP, 2),
        (c.ResultDelivered(how="window"), TOWNSHIP, TOWNSHIP, 2),
    ]
    return tuple(told)


def _cases() -> Iterator[Draft]:
    life = _life()
    for serial in itertools.count(1):
        stream = f"{TOWNSHIP}-20261123-{serial:08d}"
        rows: list[Row] = []
        for seq, (event, unit, holder, term) in enumerate(life, 1):
            time = MORNING + timedelta(minutes=serial % 100_000 + seq)
            row = write_row(
                event, stream=stream, seq=seq, epoch=0, term=term, unit=unit, holder=holder, actor="A01", time=time,
                recorded=time, command=sha256(f"{stream}:{seq}".encode()).digest(),
                prev=rows[-1].hash if rows else None,
            )  # fmt: skip
            rows.append(row)
        yield Draft(stream, None, TOWNSHIP, rows[0].command, None, None, tuple(rows))


def beside_each_other() -> Iterator[Draft]:
    """Event by event, without end: AT_ONCE cases go on beside each other, as a log fills; then the next ones."""
    cases = _cases()
    while True:
        some = list(itertools.islice(cases, AT_ONCE))
        for rows in zip(*(d.rows for d in some), strict=True):
            for d, row in zip(some, rows, strict=True):
                yield Draft(d.stream, row.prev, row.unit, row.command, None, None, (row,))


async def fill(pool: "Pool[Record]", events: int) -> int:
    """Write so many events; the log's last position."""
    drafts = beside_each_other()
    async with pool.acquire() as connection:
        for pos in range(0, events, PAGE):
            page = itertools.islice(drafts, min(PAGE, events - pos))
            await connection.copy_records_to_table("log", records=records(pos, page), columns=COLUMNS)
        await connection.execute("update log_head set pos = $1", events)
        await connection.execute("analyze log")
    return events
