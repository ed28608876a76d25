"""What makes a township different: it writes no reference data."""

from services.office import service
from services.runtime.settings import Settings


async def run(settings: Settings) -> None:
    await service.run(settings)
