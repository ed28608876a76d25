"""Net changes of streams written into the tables, by a few statements over sets. Under the lock of the log's head."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from services.runtime.arrivals import ASSUMED
from services.runtime.branch import Link, Move, Place, Tree
from services.runtime.custody import Reason
from services.runtime.inserting import Changes, Copy
from services.runtime.statements import statement

if TYPE_CHECKING:
    from services.runtime.companion import Connected

STORED = [
    "stream", "seq", "epoch", "term", "holder", "type", "unit", "actor", "time", "recorded", "command", "value", "prev",
    "hash", "topic",
]  # fmt: skip
LOGGED = ["pos", *STORED, "live", "superseded_at"]
Stored = tuple[object, ...]
"""A row's columns, as `STORED` names them."""


async def copies_of(connection: "Connected", streams: Iterable[str]) -> dict[str, Copy]:
    """All that is here of these streams."""
    names = list(streams)
    fences = {r["stream"]: r["epoch"] for r in await connection.fetch(statement("replica/fences"), names)}
    links: dict[str, dict[str, list[Link]]] = {name: {} for name in names}
    for r in await connection.fetch(statement("replica/links"), names):
        link = Link(
            r["stream"], r["seq"], r["epoch"], r["term"], r["unit"], r["holder"], r["hash"], r["prev"],
            r["type"].startswith(ASSUMED),
        )  # fmt: skip
        links[link.stream].setdefault(r["place"], []).append(link)
    return {
        name: Copy(
            Tree(
                name,
                found.get("live", ()),
                found.get("parked", ()),
                found.get("superseded", ()),
                found.get("quarantined", ()),
                fences.get(name, 0),
            ),
            {link.hash: link for link in found.get("staged", ())},
        )
        for name, found in links.items()
    }


async def write(connection: "Connected", pos: int, changes: Changes, new: Mapping[bytes, Stored], at: datetime) -> int:
    """Follow `changes`; the log's position afterwards. `new` are the rows that this batch brought, by hash."""
    rows: dict[bytes, Stored] = dict(new)
    left_parked = [m.link.hash for m in changes.moves.values() if m.came_from is Place.PARKED]
    left_aside = [m.link.hash for m in changes.moves.values() if m.came_from is Place.QUARANTINED]
    for table, hashes in (
        ("parked", left_parked),
        ("quarantined", left_aside),
        ("staged", [h for h in changes.unstaged if h not in changes.staged]),
    ):
        if hashes:
            for found in await connection.fetch(statement(f"replica/take_{table}"), hashes):
                rows[found["hash"]] = tuple(found)
    if cut := changes.to(Place.SUPERSEDED, Place.LIVE):
        await connection.execute(statement("replica/cut"), [m.link.stream for m in cut], [m.link.hash for m in cut])
    beaten = changes.to(Place.SUPERSEDED, None, Place.PARKED, Place.QUARANTINED)
    live = changes.to(Place.LIVE, None, Place.PARKED, Place.SUPERSEDED, Place.QUARANTINED)
    positions = {m.link.hash: pos + at for at, m in enumerate([*beaten, *live], 1)}
    if revived := [m.link for m in live if m.came_from is Place.SUPERSEDED]:
        at_positions = [(link.stream, link.hash, positions[link.hash]) for link in revived]
        await connection.execute(statement("replica/revive"), *zip(*at_positions, strict=True))
    logged = [(positions[m.link.hash], *rows[m.link.hash], False, at) for m in beaten]
    logged += [
        (positions[m.link.hash], *rows[m.link.hash], True, None) for m in live if m.came_from is not Place.SUPERSEDED
    ]
    if logged:
        await connection.copy_records_to_table("log", records=logged, columns=LOGGED)
    await _aside(connection, changes, rows)
    return pos + len(positions)


async def _aside(connection: "Connected", changes: Changes, rows: Mapping[bytes, Stored]) -> None:
    parked = [rows[m.link.hash] for m in changes.to(Place.PARKED, None)]
    if parked:
        await connection.copy_records_to_table("parked", records=parked, columns=STORED)
    quarantined = [(*rows[m.link.hash], _reason(m)) for m in changes.to(Place.QUARANTINED, None, Place.PARKED)]
    if quarantined:
        await connection.copy_records_to_table("quarantined", records=quarantined, columns=[*STORED, "reason"])
    staged = [rows[h] for h in changes.staged - changes.unstaged]
    if staged:
        await connection.copy_records_to_table("staged", records=staged, columns=STORED)
    if changes.fences:
        await connection.execute(statement("replica/put_fences"), list(changes.fences), list(changes.fences.values()))
    if changes.reread:
        await connection.execute(statement("replica/put_reread"), list(changes.reread))


def _reason(move: Move) -> str:
    return move.reason or Reason.CONTRADICTS
