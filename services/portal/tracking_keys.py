"""What the units' services send for each case, so that its citizen can open it here (architecture, rule 5)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from contracts.envelope import founding_unit
from contracts.inbox import TrackingKey
from services.runtime import base64url
from services.runtime.statements import statements
from services.runtime.tracking import Cost, TrackingParts

if TYPE_CHECKING:
    from services.runtime.companion import Database

statement = statements(__file__)
log = structlog.get_logger(__name__)


class NotAcceptable(ValueError):
    """A message that the portal does not keep; says why, no value of it."""


def parts(message: TrackingKey) -> TrackingParts:
    """What is to be kept. Raises NotAcceptable: from another unit than the one that received the case, or a cost by
    which a message could stop the portal."""
    if founding_unit(message.case) != message.source:
        raise NotAcceptable("not from the unit that received the case")
    try:
        cost = Cost(message.memory_kib, message.passes, message.lanes)
        salt, verifier, wrapped = map(base64url.decode, (message.salt, message.verifier, message.wrapped_key))
    except ValueError as error:
        raise NotAcceptable(f"{type(error).__name__} in cost or base64url") from None
    if len(salt) < 16 or len(verifier) != 32:
        raise NotAcceptable("salt or verifier of another length")
    return TrackingParts(cost, salt, verifier, wrapped)


async def keep(db: "Database", messages: Sequence[TrackingKey]) -> None:
    """Keep them, in the transaction in which they were read. One that is not acceptable is said and passed over."""
    found: dict[str, TrackingParts] = {}
    for message in messages:
        try:
            found.setdefault(message.case, parts(message))
        except NotAcceptable as error:
            log.warning("tracking_key_refused", case=message.case, source=message.source, reason=str(error))
    if found:
        rows = [
            (stream, p.cost.memory_kib, p.cost.passes, p.cost.lanes, p.salt, p.verifier, p.wrapped_key)
            for stream, p in sorted(found.items())
        ]
        await db.execute(statement("keep_tracking"), *map(list, zip(*rows, strict=True)))


async def kept(db: "Database", number: str) -> TrackingParts | None:
    """What is kept for this case; None for a number of which nothing came."""
    row = await db.fetchrow(statement("tracking"), number)
    if row is None:
        return None
    return TrackingParts(
        Cost(row["memory_kib"], row["passes"], row["lanes"]), row["salt"], row["verifier"], row["wrapped"]
    )
