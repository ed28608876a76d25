"""What makes a district different: it publishes its own items, and keeps the register of itself and its points."""

from services.office import service
from services.runtime.settings import Settings


async def run(settings: Settings) -> None:
    await service.run(settings, writes=frozenset({"items", "register"}))
