"""One system for all faults; each leaves it at rest and sound."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local import Stack
from tests.journeys.system import System


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def system(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    async with System(stack, tmp_path_factory.mktemp("system"), "chaos") as made:
        yield made
