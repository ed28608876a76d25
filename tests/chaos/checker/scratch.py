"""A file for what is too much for memory: the acts of the history, the dates that were shown, the records of Kafka.

SQLite sorts it by stream, so that it is read beside the databases, one stream after the other.
"""

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

TABLES = """
create table act (                   -- one row an Idempotency-Key, whatever became of each try
    command blob primary key,
    act text, who text, unit text, service text,
    stream text,                     -- that the answer says it was written to
    asked real, answered real,       -- of the first try and the last answer
    ok integer, failed integer, unknown integer,
    superseded integer,              -- it was answered so
    contradicts integer              -- two answers named two streams
) without rowid;
create table shown (                 -- what GET /deadline said of a limit that runs
    stream text, service text, clock text, about text, started text, last_day text, asked real, answered real
);
create table sent (stream text, topic text, part integer, at integer, hash blob, prev blob, unit text, seq integer);
create table found (                 -- every event that is anywhere, once
    command blob, stream text, seq integer, name text, unit text, actor text, live integer
);
create table asked (request text, stream text, name text, epoch integer, term integer, unit text);
create table answered (              -- by an event that is live; custody as it was before it
    request text, stream text, seq integer, name text, epoch integer, term integer, offered integer
);
create table standing (stream text, epoch integer, term integer, offered integer);
create table lies (service text, stream text, holder text);
create table waits (service text, request text, about text, holder text, waits integer);
"""


class Scratch:
    """Gone when it is left."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chaos-checker-")
        self.db = sqlite3.connect(Path(self._folder.name) / "scratch")
        self.db.executescript(f"pragma journal_mode = off; pragma synchronous = off; {TABLES}")

    def __enter__(self) -> "Scratch":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.db.close()
        self._folder.cleanup()

    def put(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        """Rows of all columns."""
        columns = len(self.db.execute(f"select * from {table} limit 0").description)
        self.db.executemany(f"insert into {table} values ({', '.join('?' * columns)})", rows)

    def each(self, sql: str, *args: object) -> Iterator[tuple[Any, ...]]:
        """Its rows, a few at a time."""
        return iter(self.db.execute(sql, args))

    def one(self, sql: str, *args: object) -> tuple[Any, ...] | None:
        return self.db.execute(sql, args).fetchone()
