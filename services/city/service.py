"""What makes the city different: it opens units, publishes items and the calendar for all, and keeps a register."""

from services.office import service
from services.runtime.settings import Settings


async def run(settings: Settings) -> None:
    await service.run(settings, writes=frozenset({"units", "items", "calendars", "register"}))
