"""New cases as a window writes them, ready to be appended; and the same table without the log's guarantees."""

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.case import CaseReceived, Material
from contracts.fields import Plain
from services.runtime.row import Draft, write_row
from services.runtime.sealed_events import seal_event
from services.runtime.sealing import new_case_key

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

UNIT = "340405101"
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
APPLICANT = '{"name":"张三丰","document_kind":"id_card","document_number":"34040519600101002X","phone":"13800000000"}'
_SERIALS = itertools.count(1)


def receipts(many: int) -> list[Draft]:
    """So many cases that no other call gave."""
    return list(itertools.islice(_receipts(), many))


def _receipts() -> Iterator[Draft]:
    told = CaseReceived(
        item="birth-certificate",
        item_version=1,
        channel="window",
        applicant=Plain(APPLICANT),
        materials=(Material(kind="application", form="original"), Material(kind="identity", form="copy")),
    )
    sealed = seal_event(told, new_case_key(), f"{UNIT}-20261122-0001", 1)
    for serial in _SERIALS:
        stream = f"{UNIT}-20261122-{serial:08d}"
        command = sha256(stream.encode()).digest()
        row = write_row(
            sealed, stream=stream, seq=1, epoch=0, term=0, unit=UNIT, holder=UNIT, actor="A01", time=MORNING,
            recorded=MORNING, command=command, prev=None,
        )  # fmt: skip
        yield Draft(stream, None, UNIT, command, command, "township.events", (row,))


async def make_plain(pool: "Pool[Record]") -> None:
    """Table `plain`: the columns and the indexes of the log, and nothing else of it."""
    await pool.execute("create table plain (like log including all); create sequence plain_pos")


def insert_script(folder: Path) -> Path:
    """The reference's one-row insert, with a record as long as ours."""
    value = receipts(1)[0].rows[0].value
    script = Path(__file__).with_name("insert_one.sql").read_text(encoding="utf-8")
    written = folder / "insert_one.sql"
    written.write_text(script.replace(":value", f"'\\x{value.hex()}'"), encoding="utf-8")
    return written
