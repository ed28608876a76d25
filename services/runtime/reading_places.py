"""How far each partition was read and taken, and which records come next. No I/O."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import structlog
from aiokafka import ConsumerRecord, TopicPartition

from services.runtime.replica import Where

log = structlog.get_logger(__name__)


class Ready(NamedTuple):
    """Records in sequence. `due` is how far their partitions must have been taken before them; `age` as `Places.age`
    was when they were found: with another one they are read again from elsewhere."""

    records: list[ConsumerRecord]
    due: dict[Where, int]
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
            self.taken |= {TopicPartition(r.topic, r.partition): r.offset + 1 for r in ready.records}

    def in_sequence(self, records: Iterable[ConsumerRecord], seek: Callable[[TopicPartition, int], None]) -> Ready:
        """Without what was fetched before the database's offset was sought: it comes again.

        A gap is read once more from its beginning; when it is there again, those records are gone (an inbox's
        retention) and reading goes on behind it.
        """
        kept: list[ConsumerRecord] = []
        due: dict[Where, int] = {}
        skipped: set[TopicPartition] = set()
        for record in records:
            at = TopicPartition(record.topic, record.partition)
            expected = self.next.get(at)
            if expected is None or at in skipped:
                continue
            if record.offset > expected:
                if self._sought.get(at) != expected:
                    self._sought[at] = expected
                    skipped.add(at)
                    seek(at, expected)
                    continue
                log.warning("records_gone", topic=at.topic, partition=at.partition, first=expected, to=record.offset)
            due.setdefault((at.topic, at.partition), expected)
            self.next[at] = max(expected, record.offset + 1)
            kept.append(record)
        return Ready(kept, due, self.age)
