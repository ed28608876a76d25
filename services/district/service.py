"""What makes a district different: it publishes its own items."""

from services.office import service
from services.runtime.settings import Settings


async def run(settings: Settings) -> None:
    await service.run(settings, writes=frozenset({"items"}))
