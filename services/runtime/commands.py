"""One command: load the stream, decide, append, answer. On a conflict: reload and decide again.

The key of a command is looked up only when the first try did not simply succeed, so the plain case costs one
round trip: a repeated key always shows as a refusal, as nothing to do, or as CommandSeen at the append.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from contracts.events import Event
from services.runtime.companion import Companion
from services.runtime.fold import Fold, Loaded, Stamp
from services.runtime.log import CommandSeen, HeadMoved, Log, NotTheHolder
from services.runtime.row import Draft, Row, write_row
from services.runtime.sealed_events import has_sealed, seal_event
from services.runtime.statements import statement
from services.runtime.streams import Streams
from services.runtime.trace import traceparent

S = TypeVar("S")
TRIES = 3


class BodyDiffers(Exception):
    """The same Idempotency-Key came before with another route or body (422)."""


class Superseded(Exception):
    """The act of this key was superseded by an assumed custody (409, protocol K2). Doing it again needs a new key."""


class Contended(Exception):
    """The stream moved under each of the tries (409)."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What `decide` answers: the events (none: nothing to do) and when they happened. Time never goes back within a
    stream, so an earlier `at` becomes the time of the event before."""

    events: Sequence[Event]
    at: datetime


@dataclass(frozen=True, slots=True)
class Order(Generic[S]):
    """A command. `command` is `contracts.envelope.command_id(unit, key)`; `mac` None skips the body check."""

    stream: str
    unit: str
    actor: str
    command: bytes
    mac: bytes | None
    topic: str
    decide: Callable[[Loaded[S] | None], Decided]
    case_key: bytes | None = None
    companions: tuple[Companion, ...] = ()
    epoch: int = 0
    """An event that raises the epoch raises it to this one at least (protocol C3)."""
    begins: bool = False
    """The stream is believed not to be there yet, so it is read only when the append says otherwise."""


@dataclass(frozen=True, slots=True)
class Done(Generic[S]):
    """The state after the command's last event and its position; `repeated` when the key had done it before."""

    loaded: Loaded[S]
    repeated: bool
    wrote: tuple[Event, ...] = ()


class Commands(Streams[S]):
    """For streams of one kind. `case_key` opens the vault for streams with sealed fields."""

    def __init__(
        self,
        log: Log,
        how: Fold[S],
        case_key: Callable[[str], Awaitable[bytes]],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        remembered: int = 4096,
    ) -> None:
        super().__init__(log.pool, how, remembered=remembered)
        self._log = log
        self._case_key = case_key
        self._clock = clock

    async def perform(self, order: Order[S]) -> Done[S]:
        """Do it once. A repeated key answers with the first result.

        Raises what `decide` raises, and BodyDiffers, Superseded, Contended, and the log's Fenced, NotWritable,
        Unanswered.
        """
        loaded, fresh = self.remembered(order.stream), False
        for _ in range(TRIES + 1):
            if loaded is None and not fresh and not order.begins:
                loaded, fresh = await self.load(order.stream), True
            try:
                decided = order.decide(loaded)
            except Exception:
                # What was remembered may be stale: nobody is refused for what is no longer so.
                if not fresh:
                    loaded, fresh = await self.load(order.stream), True
                    continue
                if (first := await self._first_result(order)) is not None:
                    return first
                raise
            if not decided.events:
                if not fresh:
                    loaded, fresh = await self.load(order.stream), True
                    continue
                if (first := await self._first_result(order)) is not None:
                    return first
                if loaded is None:
                    raise LookupError(order.stream)
                return Done(loaded, repeated=True)
            rows, after = await self._rows(order, decided, loaded)
            draft = Draft(
                order.stream,
                loaded.head if loaded else None,
                order.unit,
                order.command,
                order.mac,
                order.topic,
                rows,
                order.companions,
            )
            try:
                appended = await self._log.append(draft)
            except CommandSeen:
                first = await self._first_result(order)
                assert first is not None
                return first
            except (HeadMoved, NotTheHolder):
                loaded, fresh = await self.load(order.stream), True
                continue
            done = Loaded(after, rows[-1].seq, rows[-1].hash, appended.last, rows[-1].time)
            self.remember(order.stream, done)
            return Done(done, repeated=False, wrote=tuple(decided.events))
        raise Contended(order.stream)

    async def _rows(self, order: Order[S], decided: Decided, loaded: Loaded[S] | None) -> tuple[tuple[Row, ...], S]:
        """The records of the events, each with the custody that holds after it, and the state after the last."""
        state = loaded.state if loaded else None
        seq = loaded.seq if loaded else 0
        prev = loaded.head if loaded else None
        time = max(decided.at, loaded.time) if loaded else decided.at
        key = order.case_key
        if key is None and any(map(has_sealed, decided.events)):
            key = await self._case_key(order.stream)
        # From here to the log's queue nothing is awaited: an anchor covers what was recorded before a certain instant.
        recorded = self._clock()
        rows: list[Row] = []
        for event in decided.events:
            seq += 1
            stamped = Stamp(order.stream, order.unit, order.actor, time, b"")
            custody = self._how.custody(self._how.evolve(state, event, stamped))
            if order.epoch > custody.epoch and state is not None and custody.epoch > self._how.custody(state).epoch:
                custody = custody._replace(epoch=order.epoch)
            if key is not None and has_sealed(event):
                event = seal_event(event, key, order.stream, seq)
            row = write_row(
                event,
                stream=order.stream,
                seq=seq,
                epoch=custody.epoch,
                term=custody.term,
                unit=order.unit,
                holder=custody.holder,
                actor=order.actor,
                time=time,
                recorded=recorded,
                command=order.command,
                prev=prev,
                traceparent=traceparent(),
            )
            rows.append(row)
            prev = row.hash
            state = self._how.evolve(state, event, stamped._replace(hash=row.hash, epoch=row.epoch))
        assert state is not None
        return tuple(rows), state

    async def _first_result(self, order: Order[S]) -> Done[S] | None:
        """What this command's key did before, if anything."""
        rows = await self._log.pool.fetch(statement("log/command"), order.command)
        if not rows:
            return None
        last = rows[-1]
        differs = order.mac is not None and last["mac"] is not None and last["mac"] != order.mac
        begins = rows[0]["seq"] == 1
        if differs or (last["stream"] != order.stream and not begins):
            raise BodyDiffers(order.stream)
        if not last["live"]:
            raise Superseded(last["stream"])
        loaded = await self.as_of(last["stream"], lambda entry: entry.seq <= last["seq"])
        assert loaded is not None
        return Done(loaded, repeated=True)
