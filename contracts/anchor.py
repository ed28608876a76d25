"""Daily anchors: each unit signs how many events it wrote and where its chains ended, so a cut tail is found."""

from typing import Annotated, ClassVar

from pydantic import Field

from contracts.events import Event
from contracts.fields import Count, Day, Digest


class AnchorPublished(Event):
    """Stream `anchor/<unit>`. Covers every chain in which this unit wrote, up to its own last event there.

    `chains` counts the streams, `events` the events the unit wrote in them; `root` is the Merkle root
    (RFC 9162, section 2.1) over the leaves `stream NUL hash` sorted by stream; `signature` is Ed25519 by the unit's
    anchor key over the canonical text `sanji-anchor-v1 unit day chains events root`, base64url without padding.
    """

    kind: ClassVar[str] = "anchor"

    day: Day
    chains: Count
    events: Count
    root: Digest
    signature: Annotated[str, Field(strict=True, pattern=r"^[A-Za-z0-9_-]{86}$")]
