# pyright: reportMissingImports=false
"""`eventsourcing` (PyPI), its PostgreSQL application recorder in safe mode: without database functions, so that each
insert takes the table's lock and no reader passes over a gap.

Best of what was tried: psycopg's binary build; a pool of 16 connections that stay open, callers are threads. Pools of
1, 2, 4, 64 and the default (5 and 10 more) were no faster: the lock lets one insert at a time through. The
recorder is called directly, with stored events: no aggregate, transcoder or snapshot takes time.
"""

import threading
import time
from collections.abc import Callable
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from eventsourcing.persistence import StoredEvent
from eventsourcing.postgres import PostgresFactory
from eventsourcing.utils import Environment

from tests.bench.peers.telling import DSN, Done, Streams, check, serve, versions

POOL = 16
TOPIC = "sanji:Event"
AT_ONCE = 200


def recorder():
    """With its tables made, named `stored_events`."""
    at = urlsplit(DSN)
    settings = {
        "POSTGRES_DBNAME": at.path[1:],
        "POSTGRES_HOST": at.hostname,
        "POSTGRES_PORT": str(at.port),
        "POSTGRES_USER": at.username,
        "POSTGRES_PASSWORD": at.password,
        "POSTGRES_POOL_SIZE": str(POOL),
        "POSTGRES_MAX_OVERFLOW": "0",
        "POSTGRES_CONNECT_TIMEOUT": "120",
    }
    return PostgresFactory(Environment("", settings)).application_recorder()


RECORDER = recorder()
STREAMS = Streams()


def append(callers: int, seconds: float, event: str) -> Done:
    """New streams of one event."""
    value = event.encode()

    def one() -> bool:
        RECORDER.insert_events([StoredEvent(uuid4(), 1, TOPIC, value)])
        return True

    commands, took = by_threads(callers, seconds, one)
    return Done(commands, took, commands)


def load_append(callers: int, seconds: float, event: str, history: list[str], streams: int) -> Done:
    """Read a stream, append the event that follows."""
    value = event.encode()
    prepared = 0
    while len(STREAMS) < streams:
        names = [uuid4() for _ in range(AT_ONCE)]
        RECORDER.insert_events(
            [StoredEvent(name, n, TOPIC, past.encode()) for name in names for n, past in enumerate(history, 1)]
        )
        STREAMS.add(map(str, names), len(history))
        prepared += AT_ONCE * len(history)

    def one() -> bool:
        taken = STREAMS.take()
        if taken is None:
            return False
        stream, length = taken
        events = RECORDER.select_events(UUID(stream))
        check(len(events), length, stream)
        RECORDER.insert_events([StoredEvent(UUID(stream), events[-1].originator_version + 1, TOPIC, value)])
        STREAMS.extended(stream, length + 1)
        return True

    commands, took = by_threads(callers, seconds, one)
    return Done(commands, took, commands + prepared)


def by_threads(callers: int, seconds: float, one: Callable[[], bool]) -> tuple[int, float]:
    """How often `one` was done by so many threads, and the seconds that it took."""
    done = [0] * callers
    failed: list[BaseException] = []
    ready = threading.Barrier(callers + 1)
    until = 0.0

    def caller(number: int) -> None:
        try:
            ready.wait()
            while time.perf_counter() < until and one():
                done[number] += 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=caller, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    begun = time.perf_counter()
    until = begun + seconds
    ready.wait()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return sum(done), time.perf_counter() - begun


if __name__ == "__main__":
    serve(
        f"{versions('eventsourcing', 'psycopg-binary')}: application recorder with its table lock, "
        f"pool of {POOL}, one process, callers are threads",
        {"append": append, "load_append": load_append},
    )
