"""What of arriving records is here already, and what of the rest a tier keeps."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from services.runtime.arrivals import Arrival
from services.runtime.branch import Link
from services.runtime.heads import Head, read_heads
from services.runtime.statements import statement

if TYPE_CHECKING:
    from services.runtime.companion import Connected


async def followed(
    connection: "Connected", arrived: list[Arrival], own: Collection[str], asked: Collection[str]
) -> tuple[list[Arrival], Mapping[str, Head]]:
    """What a tier keeps of what arrived, without any lock, and the heads of those streams as they were; records of its
    `own` units that come back are known and fall out here. A custody assumed always goes on, for its fence. `asked`:
    cases that a unit here asks about (I4)."""
    known = await _known(connection, [a.link for a in arrived if a.link.unit in own])
    arrived = [a for a in arrived if a.link.hash not in known]
    heads = await read_heads(connection, {a.link.stream for a in arrived})
    events = [
        a for a in arrived
        if a.inbox or a.reference or a.link.assumes or a.link.unit in own or a.link.stream in asked
        or heads[a.link.stream].hash is not None or heads[a.link.stream].aside
    ]  # fmt: skip
    return await unknown(connection, events, heads), heads


async def unknown(connection: "Connected", events: list[Arrival], heads: Mapping[str, Head]) -> list[Arrival]:
    """Without those that are here already. Only what does not lie above the head, or lies beside it, can be."""
    suspects = [
        a.link for a in events
        if heads[a.link.stream].aside or a.link.seq <= (heads[a.link.stream].seq or 0)
    ]  # fmt: skip
    known = await _known(connection, suspects)
    return [a for a in events if a.link.hash not in known]


async def _known(connection: "Connected", links: list[Link]) -> set[bytes]:
    if not links:
        return set()
    streams, hashes = [link.stream for link in links], [link.hash for link in links]
    return {row["hash"] for row in await connection.fetch(statement("replica/known"), streams, hashes)}
