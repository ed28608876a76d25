"""`python -m tests.chaos.crash_points MODULE ARGUMENT…`: the program, that kills itself at a named point when told to.

The points are put in from outside, around functions of the product in this process's memory; the product knows nothing
of them. The file that CHAOS_TRIGGER names says at which: `<point> <n>`, the n-th time it is passed from then on.
Whoever died there leaves the file behind as `.died`. In an open transaction it stands still first while all else in
the process goes on, as behind a slow disk: what was said too early gets out.
"""

import asyncio
import functools
import importlib
import inspect
import os
import runpy
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.stuck import waits

TRIGGER = "CHAOS_TRIGGER"
SAY_WHERE = signal.SIGUSR2
"""On this signal it writes where each of its tasks stands."""
DIED = ".died"


@dataclass(frozen=True, slots=True)
class Point:
    """`place` is `module:name` or `module:Class.name`, where the product calls it. `after`: when it has returned, else
    before it is called. `given`: only with this first argument. `stands`: seconds from coming there to the end."""

    place: str
    after: bool = False
    given: str | None = None
    stands: float = 0.0


POINTS = {
    # command → log
    "before_append": Point("services.runtime.log:Log._write"),
    "in_append": Point("services.runtime.log:Log._claim_and_copy", after=True, stands=0.2),
    "after_append": Point("services.runtime.log:Log._write", after=True),
    # log → Kafka
    "after_marker": Point("services.runtime.marker:MarkerFile.write", after=True),
    "between_own_keys_and_feed": Point("services.runtime.deliveries:Deliveries.send_own_keys", after=True),
    "before_send": Point("services.runtime.producing:Producer.send"),
    "between_send_and_acknowledgement": Point("services.runtime.producing:Producer.send", after=True),
    "between_send_and_checkpoint": Point("services.runtime.drain:Drain._keep"),
    "between_inbox_and_note": Point("services.runtime.inboxes:Inboxes.send", after=True),
    # Kafka → log
    "before_insert": Point("services.runtime.batch:Batch.take"),
    "in_insert": Point("services.runtime.batch:store", after=True, stands=0.2),
    "between_insert_and_acknowledgement": Point("services.runtime.batch:Batch.take", after=True),
    # log → views
    "in_projection": Point("services.runtime.projector:_folded", after=True),
}
"""Of every service."""
REBUILDING = {
    "before_rebuild_swap": Point("services.runtime.rebuild:_swapped"),
    "in_rebuild_swap": Point("services.runtime.rebuild:statement", given="follow/advance"),
    "after_rebuild_swap": Point("services.runtime.rebuild:_swapped", after=True),
}
"""Of `sanji rebuild`."""
RESTORED = {
    "after_marker_deleted": Point("services.runtime.marker:MarkerFile.delete", after=True),
    "after_reading_back": Point("services.runtime.beginning:Beginning._catch_up", after=True),
    "before_marker_anew": Point("services.runtime.marker:MarkerFile.write"),
}
"""Of a service whose database was put back."""
EVERY = POINTS | REBUILDING | RESTORED


def found(place: str) -> tuple[Any, str, Callable[..., Any]]:
    """Where it is looked up, under which name, and what it is. Raises AttributeError, ImportError."""
    module, _, names = place.partition(":")
    *holders, name = names.split(".")
    holder: Any = functools.reduce(getattr, holders, importlib.import_module(module))
    return holder, name, getattr(holder, name)


def put_in(trigger: Path) -> None:
    """Put all points into this process."""
    passed = dict.fromkeys(EVERY, 0)

    def here(name: str) -> bool:
        """Whether this is where the process is to end."""
        try:
            wanted, nth = trigger.read_text().split()
        except (OSError, ValueError):
            return False
        passed[name] += wanted == name
        if wanted != name or passed[name] < int(nth):
            return False
        try:
            trigger.rename(trigger.with_suffix(DIED))
        except FileNotFoundError:  # two processes of one service: the other one was first
            return False
        return True

    for name, point in EVERY.items():
        holder, attribute, function = found(point.place)
        setattr(holder, attribute, _around(function, point, functools.partial(here, name)))


def _around(function: Callable[..., Any], point: Point, here: Callable[[], bool]) -> Callable[..., Any]:
    def told(*args: Any) -> bool:
        return (point.given is None or args[0] == point.given) and here()

    async def waited(*args: Any, **kwargs: Any) -> Any:
        if not point.after and told(*args):
            await _stand(point)
        result = await function(*args, **kwargs)
        if point.after and told(*args):
            await _stand(point)
        return result

    def called(*args: Any, **kwargs: Any) -> Any:
        if not point.after and told(*args):
            _die()
        result = function(*args, **kwargs)
        if point.after and told(*args):
            _die()
        return result

    return functools.wraps(function)(waited if inspect.iscoroutinefunction(function) else called)


async def _stand(point: Point) -> None:
    if point.stands:
        await asyncio.sleep(point.stands)
    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _say_where(*_: object) -> None:
    print(waits(asyncio.all_tasks()), file=sys.stderr)


if __name__ == "__main__":
    program = sys.argv[1]
    signal.signal(SAY_WHERE, _say_where)
    put_in(Path(os.environ[TRIGGER]))
    sys.argv = sys.argv[1:]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
