"""One sound world for all tests of the checker."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local import Stack
from tests.chaos.checked.sound import Sound
from tests.chaos.handmade import story
from tests.chaos.handmade.servers import Databases, Topics, evidence


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def sound(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sound]:
    folder, databases = tmp_path_factory.mktemp("checker"), Databases(stack, "checker")
    topics = Topics(stack.kafka.bootstrap(), "checker.")
    try:
        yield Sound(stack, databases, await evidence(stack, databases, topics, folder, story.world()), folder, topics)
    finally:
        databases.drop()
