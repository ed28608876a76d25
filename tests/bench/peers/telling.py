"""How a peer's program is told what to do, and the streams that it loads and extends. Standard library only: these
programs run in the peers' own environment."""

import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import version
from typing import NamedTuple

DSN = os.environ.get("PEER_DSN", "")
LONGEST = 12
"""Events of a stream when it is loaded for the last time; prepared with 8, it has 10 on average."""


class Done(NamedTuple):
    """`written`: events that the peer acknowledged since it last answered, those of prepared streams included."""

    commands: int
    seconds: float
    written: int


class Streams:
    """Streams with their lengths, each used by one caller at a time until it has grown to LONGEST."""

    def __init__(self) -> None:
        self._free: deque[tuple[str, int]] = deque()

    def __len__(self) -> int:
        return len(self._free)

    def add(self, names: Iterable[str], length: int) -> None:
        self._free.extend((name, length) for name in names)

    def take(self) -> tuple[str, int] | None:
        """A stream and how many events it has; None when all are used up or in use."""
        try:
            return self._free.popleft()
        except IndexError:
            return None

    def extended(self, name: str, length: int) -> None:
        """Give it back with its new length."""
        if length <= LONGEST:
            self._free.append((name, length))


def versions(*packages: str) -> str:
    """As installed: `name 1.2, name 3.4`."""
    return ", ".join(f"{package} {version(package)}" for package in packages)


def serve(configuration: str, does: Mapping[str, Callable[..., Done]]) -> None:
    """Say what is running, then do what is asked, line by line, until the standard input ends."""
    print(json.dumps({"configuration": configuration}), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        done = does[asked.pop("do")](**asked)
        print(json.dumps({**done._asdict(), "configuration": configuration}), flush=True)


def check(found: int, expected: int, stream: str) -> None:
    """Raises RuntimeError when a stream does not have the events that were acknowledged."""
    if found != expected:
        raise RuntimeError(f"{stream} has {found} events instead of {expected}")
