"""The services as child processes: started apart from the terminal, watched, and stopped in order."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

STOP_SECONDS = 30.0
LAST_LINES = 15


class ChildDied(Exception):
    """A service ended by itself. Nothing is restarted silently."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        last = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
        said = "\n".join(f"  {line}" for line in last)
        super().__init__(f"The service {name} ended by itself (exit code {code}). Its log is {log}; it ends:\n{said}")


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    log: Path
    process: asyncio.subprocess.Process
    ended: "asyncio.Task[int]"


class Children:
    """`mark` stands among each one's arguments, by which the local stack ends what a killed demonstration left."""

    def __init__(self, logs: Path, mark: str) -> None:
        self._logs = logs
        self._mark = mark
        self._children: list[Child] = []
        self._changed = asyncio.Event()

    async def start(self, name: str, environment: Mapping[str, str]) -> None:
        """Run `python -m services.<name>` with these settings; what it says goes to the end of `<name>.log`."""
        self._logs.mkdir(parents=True, exist_ok=True)
        log = self._logs / f"{name}.log"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("SANJI_")}
        with log.open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                f"services.{name}",
                f"--mark={self._mark}",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=asyncio.subprocess.STDOUT,
                env={**kept, **environment},
                start_new_session=True,
            )
        ended = asyncio.create_task(process.wait())
        ended.add_done_callback(lambda _: self._changed.set())
        self._children.append(Child(name, log, process, ended))

    async def watch(self) -> NoReturn:
        """For ever, while all that were started live. Raises ChildDied."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            for child in self._children:
                if child.ended.done():
                    raise ChildDied(child.name, child.ended.result(), child.log)

    async def stop(self) -> list[str]:
        """Ask all to stop, in the order in which they were started; after STOP_SECONDS kill those that have not. Their
        names."""
        for child in self._children:
            _send(child, signal.SIGTERM)
        ended = [child.ended for child in self._children]
        if ended:
            await asyncio.wait(ended, timeout=STOP_SECONDS)
        killed = [child for child in self._children if not child.ended.done()]
        for child in killed:
            _send(child, signal.SIGKILL)
            await child.ended
        return [child.name for child in killed]


def _send(child: Child, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        child.process.send_signal(how)
