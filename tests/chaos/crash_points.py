"""`python -m tests.chaos.crash_points MODULE ARGUMENT…`: the program, that kills itself at a named point when told to.

The points are put in from outside, around functions of the product in this process's memory; the product knows nothing
of them. The file that CHAOS_TRIGGER names says at which: `<point> <n>`, the n-th time it is passed from then on.
Whoever died there leaves the file behind as `.died`.
"""

import asyncio
import contextlib
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

TRIGGER = "CHAOS_TRIGGER"
SAY_WHERE = signal.SIGUSR2
"""On this signal it writes where each of its tasks stands."""
DIED = ".died"


@dataclass(frozen=True, slots=True)
class Point:
    """`place` is `module:name` or `module:Class.name`, where the product calls it. `after`: when it has returned, else
    before it is called. `given`: only with this first argument."""

    place: str
    after: bool = False
    given: str | None = None


POINTS = {
    # command → log
    "before_append": Point("services.runtime.log:Log._write"),
    "in_append": Point("services.runtime.log:Log._claim_and_copy", after=True),
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
    "in_insert": Point("services.runtime.batch:store", after=True),
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

    def passing(name: str) -> None:
        try:
            wanted, nth = trigger.read_text().split()
        except (OSError, ValueError):
            return
        if wanted != name:
            return
        passed[name] += 1
        if passed[name] >= int(nth):
            with contextlib.suppress(FileNotFoundError):  # two processes of one service: the other one was first
                trigger.rename(trigger.with_suffix(DIED))
                os.kill(os.getpid(), signal.SIGKILL)

    for name, point in EVERY.items():
        holder, attribute, function = found(point.place)
        setattr(holder, attribute, _around(function, point, functools.partial(passing, name)))


def _around(function: Callable[..., Any], point: Point, passing: Callable[[], None]) -> Callable[..., Any]:
    def told(*args: Any) -> bool:
        return point.given is None or args[0] == point.given

    async def waited(*args: Any, **kwargs: Any) -> Any:
        if not point.after and told(*args):
            passing()
        result = await function(*args, **kwargs)
        if point.after and told(*args):
            passing()
        return result

    def called(*args: Any, **kwargs: Any) -> Any:
        if not point.after and told(*args):
            passing()
        result = function(*args, **kwargs)
        if point.after and told(*args):
            passing()
        return result

    return functools.wraps(function)(waited if inspect.iscoroutinefunction(function) else called)


def _say_where(*_: object) -> None:
    """Every task, from where it began down to what it waits for."""
    for task in asyncio.all_tasks():
        print(f"Task {task.get_name()}", file=sys.stderr)
        waits: Any = task.get_coro()
        while waits is not None:
            frame = getattr(waits, "cr_frame", None) or getattr(waits, "ag_frame", None)
            if frame is not None:
                print(f"  {frame.f_code.co_filename}:{frame.f_lineno} {frame.f_code.co_name}", file=sys.stderr)
            waits = getattr(waits, "cr_await", None) or getattr(waits, "ag_await", None)


if __name__ == "__main__":
    program = sys.argv[1]
    signal.signal(SAY_WHERE, _say_where)
    put_in(Path(os.environ[TRIGGER]))
    sys.argv = sys.argv[1:]
    runpy.run_module(program, run_name="__main__", alter_sys=True)
