"""Writing one reference stream of this service's units: decided by casework, on the book as it is known here."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from weakref import WeakValueDictionary

from contracts.envelope import command_id
from contracts.events import Event
from services.casework.book import Book
from services.casework.moment import local_day
from services.office.book_keeper import BookKeeper
from services.office.case_fold import Record, RecordFold
from services.runtime.commands import Commands, Decided, Order
from services.runtime.fold import Loaded
from services.runtime.log import Log
from services.runtime.tokens import Actor


async def _no_key(stream: str) -> bytes:
    raise LookupError(f"{stream} has no sealed fields")


class ReferenceLog:
    """`clock` gives the time of what is written."""

    def __init__(
        self, log: Log, keeper: BookKeeper, topic: str, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._keeper = keeper
        self._topic = topic
        self._clock = clock
        self._commands: Commands[Record] = Commands(log, RecordFold(), _no_key, clock)
        self._writing = WeakValueDictionary[str, asyncio.Lock]()

    @property
    def book(self) -> Book:
        return self._keeper.book

    @property
    def now(self) -> datetime:
        """UTC."""
        return self._clock()

    @property
    def today(self) -> date:
        """The day in the office."""
        return local_day(self.now)

    async def write(
        self, stream: str, by: Actor, key: str, mac: bytes, decide: Callable[[datetime], Sequence[Event]]
    ) -> int:
        """Append what `decide` gives for this instant; the log's position, once the book has it. A repeated key gives
        the first one's. Raises what `decide` and `Commands.perform` raise."""
        now = self._clock()

        def decided(_: Loaded[Record] | None) -> Decided:
            return Decided(decide(now), now)

        order = Order(stream, by.unit, by.subject, command_id(by.unit, key), mac, self._topic, decided)
        # What a stream says is seen by the book alone, so the next is not decided before the one before is in it.
        writing = self._writing.setdefault(stream, asyncio.Lock())
        async with writing:
            done = await self._commands.perform(order)
            await self._keeper.known.reach(done.loaded.pos)
        return done.loaded.pos
