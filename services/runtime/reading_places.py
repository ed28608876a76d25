"""How far each partition was read and taken, and which records come next. No I/O."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

import structlog
from aiokafka import ConsumerRecord, TopicPartition

from services.runtime.arrivals import Where

log = structlog.get_logger(__name__)


class Ready(NamedTuple):
    """Records in sequence. `due` is how far their partitions must have been taken before them, `after` how far with
    them; `age` as `Places.age` was when they were found: with another one they are read again from elsewhere."""

    records: list[ConsumerRecord]
    due: dict[Where, int]
    after: dict[TopicPartition, int]
    age: int


class Places:
    """Of the partitions assigned now. `age` rises whenever reading begins anew somewhere."""

    def __init__(self) -> None:
        self.age = 0
        self.next: dict[TopicPartition, int] = {}
        """What the consumer has to bring next; a partition is absent until the database's offset was sought."""
        self.taken: dict[TopicPartition, int] = {}
        """How far the database has it."""
        self._sought: dict[TopicPartition, int] = {}

    def begin(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Reading begins at these offsets."""
        self.age += 1
        self.next |= offsets
        self.taken |= offsets
        self._sought.clear()

    def forget(self) -> None:
        self.age += 1
        self.next.clear()
        self.taken.clear()

    def took(self, ready: Ready) -> None:
        """The database has these records."""
        if ready.age == self.age:
            self.taken |= ready.after

    def in_sequence(self, records: Iterable[ConsumerRecord], seek: Callable[[TopicPartition, int], None]) -> Ready:
        """Without what was fetched before the database's offset was sought: it comes again.

        A gap is read once more from its beginning; when it is there again, those records are gone (an inbox's
        retention) and reading goes on behind it.
        """
        kept: list[ConsumerRecord] = []
        due: dict[Where, int] = {}
        after: dict[TopicPartition, int] = {}
        for at, run in groupby(records, lambda record: (record.topic, record.partition)):
            where = TopicPartition(*at)
            expected = self.next.get(where)
            if expected is None:
                continue
            due.setdefault(at, expected)
            for record in run:
                offset = record.offset
                if offset > expected:
                    if self._sought.get(where) != expected:
                        self._sought[where] = expected
                        seek(where, expected)
                        break
                    log.warning("records_gone", topic=at[0], partition=at[1], first=expected, to=offset)
                expected = max(expected, offset + 1)
                kept.append(record)
            self.next[where] = after[where] = expected
        return Ready(kept, due, after, self.age)
