"""What a test waits for that is about to be ended because it takes too long.

The threads that pytest-timeout prints show the loop alone; what is stuck are its tasks.
"""

import asyncio
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

BEFORE = 5.0
"""Seconds from this to the end of the test."""
LOOPS: list[asyncio.AbstractEventLoop] = []
"""On which tests run."""


def waits(tasks: "Iterable[asyncio.Task[Any]]") -> str:
    """Every task, from where it began down to what it waits for."""
    lines: list[str] = []
    for task in tasks:
        lines.append(f"Task {task.get_name()}")
        at: Any = task.get_coro()
        while at is not None:
            frame = getattr(at, "cr_frame", None) or getattr(at, "ag_frame", None)
            if frame is not None:
                lines.append(f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}")
            at = getattr(at, "cr_await", None) or getattr(at, "ag_await", None)
    return "\n".join(lines)


@contextmanager
def told(item: pytest.Item) -> Iterator[None]:
    """Said on standard error, shortly before the test is ended; nothing when it ends by itself."""
    timer = threading.Timer(_seconds(item) - BEFORE, _tell, [item])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _seconds(item: pytest.Item) -> float:
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0] if mark is not None else item.config.getini("timeout"))


def _tell(item: pytest.Item) -> None:
    tasks = [task for loop in LOOPS if loop.is_running() for task in asyncio.all_tasks(loop)]
    capture: Any = item.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(f"\n{item.nodeid} is about to be ended; it waits here:\n{waits(tasks)}", file=sys.stderr, flush=True)
