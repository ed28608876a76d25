"""Units move to another service: a restore there of what they said, and the end of them here (protocol B6).

What they said is in Kafka, and their new service reads it back before it writes in their names, as after a restore.
Only what is never in Kafka for good is taken along: the vault. Both services stand still meanwhile.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from contracts.topics import REFERENCE_KINDS, TIERS, Topics
from services.runtime.database import migrate, others
from services.runtime.statements import statement

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.connection import Connection

    Session = Connection[Record]

AT_ONCE = 10_000
"""Rows of the vault in one statement."""
VAULT = ("forgotten", "keys", "blind", "codes")


class CannotMove(Exception):
    """Why not, and what to do first. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Moved:
    """`secrets`: rows of the vault that were taken along."""

    units: Sequence[str]
    service: str
    left: str
    secrets: int


async def move(
    there: "Session",
    here: "Session",
    units: Sequence[str],
    service: str,
    migrations: tuple[Path, ...],
    say: Callable[[int, int], None],
) -> Moved:
    """Move `units` from the database `there` to the database `here`, which is that of `service`.

    First they are gone there, for good; then they are here, all at once. What ended in between is done by the same call
    again. `say` hears how many of how many secrets were taken. Raises CannotMove, NewerDatabase.
    """
    left = await _stand_still(there, here, service, migrations)
    topics, tier = await _published(there, units)
    await _same_tier(here, topics, tier)
    for gone in await there.fetch(statement("starting/moved"), units):
        if gone["service"] != service:
            raise CannotMove(f"Unit {gone['unit']} moved to service {gone['service']}. Move it from there.")
    async with there.transaction():
        await there.execute(statement("moving/leave"), units, service)
        await there.execute(statement("moving/derive_again"), False)
    async with here.transaction():
        await here.fetchval(statement("starting/belongs"), service)
        secrets = await _vault(there, here, units, say)
        await here.execute(
            statement("moving/own"), units, sorted(REFERENCE_KINDS), topics.reference, topics.feed(tier), timeout=None
        )
        await here.execute(statement("moving/come_back"), units)
        await here.execute(statement("moving/derive_again"), True)
        await here.execute(statement("moving/read_again"))
    return Moved(units, service, left, secrets)


async def _stand_still(there: "Session", here: "Session", service: str, migrations: tuple[Path, ...]) -> str:
    """Both are two, and nobody else is connected to either; the name of the service that the units leave. Brings both
    to this program's shape."""
    for session in (there, here):
        found = await others(session)
        if found.connections:
            raise CannotMove(
                f"{found.connections} connections are open to {found.database}: its service still runs. Stop all "
                "its processes first."
            )
    for session in (there, here):
        await migrate(session, migrations)
    leaves, arrives = [await session.fetchrow(statement("moving/about")) for session in (there, here)]
    assert leaves is not None
    assert arrives is not None
    if leaves["incarnation"] == arrives["incarnation"]:
        raise CannotMove("Both addresses are of one database. Name that of the service to which the units move.")
    if leaves["reading_back"]:
        raise CannotMove(
            f"{leaves['database']} was restored and has not read back what it had said. Start its service, wait until "
            "it is ready, and stop it again."
        )
    if arrives["service"] not in (None, service):
        raise CannotMove(f"{arrives['database']} is the database of service {arrives['service']}, not of {service}.")
    return leaves["service"] or ""


async def _published(there: "Session", units: Sequence[str]) -> tuple[Topics, str]:
    """Where these units' events are published, all of them: names under a prefix, and the tier of the feed."""
    rows = {row["unit"]: row for row in await there.fetch(statement("moving/wrote"), units, timeout=None)}
    if unknown := [unit for unit in units if unit not in rows]:
        raise CannotMove(f"Unit {unknown[0]} never wrote anything there. Look at its code, and at --from.")
    if waiting := sum(row["unpublished"] for row in rows.values()):
        raise CannotMove(
            f"{waiting} events of these units are not published yet, and would stay behind. Start the service that "
            "they leave, with Kafka within reach, until /readyz says that nothing waits; then stop it again."
        )
    feeds = {_feed(topic) for row in rows.values() for topic in row["topics"]} - {None}
    if len(feeds) != 1:
        raise CannotMove(
            "These units' events are published on feeds of several tiers. Move those of one tier at a time."
        )
    (found,) = feeds
    assert found is not None
    return found


def _feed(topic: str) -> tuple[Topics, str] | None:
    """Prefix and tier of a feed's name; None for another topic."""
    for tier in TIERS:
        if topic.endswith(name := Topics().feed(tier)):
            return Topics(topic.removesuffix(name)), tier
    return None


async def _same_tier(here: "Session", topics: Topics, tier: str) -> None:
    """A unit stays on its tier: its next event goes to the feed that has the ones before."""
    published = {row["topic"] for row in await here.fetch(statement("moving/feeds"), timeout=None)}
    if other := sorted(published - {topics.feed(tier), topics.reference}):
        raise CannotMove(
            f"These units publish on {topics.feed(tier)}, and that service on {other[0]}. A unit stays on its tier."
        )


async def _vault(there: "Session", here: "Session", units: Collection[str], say: Callable[[int, int], None]) -> int:
    """What opens these units' cases, as it lies there: wrapped for the units, whose key files are moved by hand."""
    taken, of = 0, await there.fetchval(statement("moving/counts"), units, timeout=None)
    async with there.transaction(isolation="repeatable_read", readonly=True):
        for kind in VAULT:
            wanted = [] if kind == "forgotten" else [units]
            cursor = await there.cursor(statement(f"moving/{kind}"), *wanted, timeout=None)
            while rows := await cursor.fetch(AT_ONCE):
                columns = map(list, zip(*rows, strict=True))
                await here.execute(statement(f"moving/put_{kind}"), *columns, timeout=None)
                taken += len(rows)
                say(taken, of)
    await here.execute(statement("moving/open_nothing_forgotten"), timeout=None)
    return taken
