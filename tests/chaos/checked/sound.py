"""A world in which everything holds, and how to spoil a part of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from deploy.local import Stack
from tests.chaos.checker import Evidence, check
from tests.chaos.handmade import story
from tests.chaos.handmade.chains import Chain, Made
from tests.chaos.handmade.servers import Databases, Topics, write_history
from tests.chaos.handmade.story import CASES, World

PREFIXES = count(1)
ONE, TWO, THREE, FOUR = CASES
Lines = list[dict[str, Any]]


@dataclass(slots=True)
class Sound:
    """A world in which everything holds, and how to spoil a part of it."""

    stack: Stack
    databases: Databases
    evidence: Evidence
    folder: Path
    topics: Topics

    async def spoil(self, service: str, sql: str) -> Evidence:
        """The database of one service is another."""
        dsn = self.databases.copy(service)
        db: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
        try:
            await db.execute(sql)
        finally:
            await db.close()
        return replace(self.evidence, databases={**self.evidence.databases, service: dsn})

    async def everywhere(self, sql: str) -> Evidence:
        """All databases are spoiled alike."""
        found = self.evidence
        for service in found.databases:
            spoilt = await self.spoil(service, sql)
            found = replace(found, databases={**found.databases, service: spoilt.databases[service]})
        return found

    def told(self, change: Callable[[Lines], None]) -> Evidence:
        """The history is another."""
        lines = story.told()
        change(lines)
        path = self.folder / f"history-{next(PREFIXES)}.jsonl"
        return replace(self.evidence, history=write_history(path, lines))

    async def kafka(self, change: Callable[[World], None]) -> Evidence:
        """Its topics hold something else: of the same databases, in topics of this test's own."""
        made = story.world()
        change(made)
        topics = Topics(self.topics.bootstrap, f"checker{next(PREFIXES)}.")
        await topics.make(made.sent)
        ends = await topics.ends()
        found = replace(self.evidence, prefix=topics.prefix)
        for service in found.databases:
            sql = [
                f"update log set topic = replace(topic, '{self.topics.prefix}', '{topics.prefix}')",
                "delete from read_offset",
                *(
                    f"insert into read_offset values ('{t}', {p}, {n}, '{topics.cluster}')"
                    for (t, p), n in ends.items()
                ),
            ]
            spoilt = await self.spoil(service, "; ".join(sql))
            found = replace(found, databases={**found.databases, service: spoilt.databases[service]})
        return found


async def violated(evidence: Evidence) -> set[str]:
    return {violation.invariant for violation in await check(evidence)}


def forged(add: Callable[[Chain], Made], number: str = TWO) -> Chain:
    """A chain of the sound world with one record more."""
    chain = story.world().chains[number]
    add(chain)
    return chain


def written(chain: Chain, live: bool = True) -> str:
    """The last record of a chain, as rows of a log that are not in Kafka."""
    made = chain.made[-1]
    said = {**made.columns, "live": live}
    values = ", ".join(_literal(value) for value in said.values())
    gone = "null" if live else "now()"
    return (
        f"update log_head set pos = pos + 1; insert into log (pos, {', '.join(said)}, superseded_at) "
        f"select pos, {values}, {gone} from log_head;"
    )


def _literal(value: object) -> str:
    match value:
        case None:
            return "null"
        case bytes():
            return f"'\\x{value.hex()}'"
        case int():
            return str(value)
        case _:
            return f"'{value}'"
