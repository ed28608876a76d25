"""What every test may ask for: real PostgreSQL and Kafka, started once, and a corner of them for itself."""

import asyncio
import itertools
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path

import pytest
import uvloop

from deploy.local import Stack
from tests import stuck

NUMBERS = itertools.count(1)


def _loop() -> asyncio.AbstractEventLoop:
    stuck.LOOPS.append(uvloop.new_event_loop())
    return stuck.LOOPS[-1]


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the loop that the services run on; the same factory each time, or each test has a session to
    itself."""
    return {"uvloop": _loop}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Whoever waits for ever says for what, before it is ended."""
    with stuck.told(item):
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With two workers (`make test`) a file stays whole, and the journeys, which share one system, stay together; they
    take longest and come first."""
    for item in items:
        together = "journeys" if "journeys" in item.path.parts else str(item.path)
        item.add_marker(pytest.mark.xdist_group(together))
    items.sort(key=lambda item: "journeys" not in item.path.parts)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL and Kafka for the whole session; the links go through proxies and can be cut.

    A test that kills one of them starts it again before it ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="sanji-test-"))
    folder.chmod(0o711)
    stack = Stack(folder, links=["township", "generated"])
    try:
        stack.start()
        yield stack
    finally:
        stack.discard()


@pytest.fixture
def database(stack: Stack) -> Iterator[str]:
    """Address of an empty database that only this test knows."""
    name = f"test_{next(NUMBERS)}"
    yield stack.postgres.create_database(name)
    stack.postgres.drop_database(name)


@pytest.fixture
def other_database(stack: Stack) -> Iterator[str]:
    """A second one, for a test of two services."""
    name = f"test_{next(NUMBERS)}"
    yield stack.postgres.create_database(name)
    stack.postgres.drop_database(name)


@pytest.fixture
def bootstrap(stack: Stack) -> str:
    """Where Kafka is: `host:port`."""
    return stack.kafka.bootstrap()


@pytest.fixture
def topic_prefix() -> str:
    """Goes before the names of this test's topics and groups, so that no other test sees them."""
    return f"t{next(NUMBERS)}."
