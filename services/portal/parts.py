"""What the portal's routes are given by the composition root."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.portal.asking import Asking
from services.portal.boards import Boards
from services.portal.live import Live
from services.portal.tracking import Tracking

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool


@dataclass(frozen=True, slots=True)
class Parts:
    pool: "Pool[Record]"
    boards: Boards
    live: Live
    tracking: Tracking
    asking: Asking
    notice: str
