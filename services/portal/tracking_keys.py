"""What the units' services send for each case, so that its citizen can open it here (architecture, rule 5)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from contracts.envelope import founding_unit
from contracts.inbox import AnyMessage, TrackingKey
from services.runtime import base64url
from services.runtime.statements import statements
from services.runtime.tracking import SALT_BYTES, Cost, TrackingParts

if TYPE_CHECKING:
    from services.runtime.companion import Connected, Database

statement = statements(__file__)
VERIFIER_BYTES = 32
WRAPPED_BYTES = 60
"""A case key of 32 bytes with nonce and tag."""


class TrackingKeys:
    """Implements `Messages` of the replica: keeps tracking keys, and has no use for anything else."""

    async def keep(self, connection: "Connected", messages: Sequence[AnyMessage]) -> dict[int, str]:
        """Refused: `not_for_the_portal`, `not_the_receiver` (another unit than the one that received the case),
        `cannot_open` (a cost by which a message could stop the portal, or bytes that no code could open)."""
        refused: dict[int, str] = {}
        found: dict[str, TrackingParts] = {}
        for at, message in enumerate(messages):
            if not isinstance(message, TrackingKey):
                refused[at] = "not_for_the_portal"
            elif founding_unit(message.case) != message.source:
                refused[at] = "not_the_receiver"
            elif (parts := _parts(message)) is None:
                refused[at] = "cannot_open"
            else:
                found.setdefault(message.case, parts)
        if found:
            rows = [
                (stream, p.cost.memory_kib, p.cost.passes, p.cost.lanes, p.salt, p.verifier, p.wrapped_key)
                for stream, p in sorted(found.items())
            ]
            await connection.execute(statement("keep_tracking"), *map(list, zip(*rows, strict=True)))
        return refused


def _parts(message: TrackingKey) -> TrackingParts | None:
    try:
        cost = Cost(message.memory_kib, message.passes, message.lanes)
        salt, verifier, wrapped = map(base64url.decode, (message.salt, message.verifier, message.wrapped_key))
    except ValueError:
        return None
    fits = len(salt) == SALT_BYTES and len(verifier) == VERIFIER_BYTES and len(wrapped) == WRAPPED_BYTES
    return TrackingParts(cost, salt, verifier, wrapped) if fits else None


async def kept(db: "Database", number: str) -> TrackingParts | None:
    """What is kept for this case; None for a number of which nothing came."""
    row = await db.fetchrow(statement("tracking"), number)
    if row is None:
        return None
    return TrackingParts(
        Cost(row["memory_kib"], row["passes"], row["lanes"]), row["salt"], row["verifier"], row["wrapped"]
    )
