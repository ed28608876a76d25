"""What the demonstration says while it works, to standard error: a line a step, and a bar where there is a terminal."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

TENTHS = 10


class Telling:
    def __init__(self, console: Console) -> None:
        self.console = console
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def step(self, words: str) -> None:
        self.console.print(f"[dim]{self.seconds:5.1f} s[/]  {words}", highlight=False, soft_wrap=True)

    def bad(self, words: str) -> None:
        self.console.print(words, style="red", markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def counting(self, what: str) -> Iterator[Callable[[int, int], None]]:
        """A bar; without a terminal a line each tenth. Call with how many of how many are done."""
        if not self.console.is_terminal:
            told = 0

            def line(done: int, all: int) -> None:
                nonlocal told
                tenth = done * TENTHS // all if all else 0
                if tenth > told:
                    told = tenth
                    self.step(f"{what}: {done} of {all}")

            yield line
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=self.console, transient=True) as progress:
            task = progress.add_task(what, total=None)
            yield lambda done, all: progress.update(task, completed=done, total=all)

    @contextmanager
    def waiting(self, what: str) -> Iterator[Callable[[str], None]]:
        """One line that changes; without a terminal only its beginning is said."""
        if not self.console.is_terminal:
            self.step(what)
            yield lambda words: None
            return
        with self.console.status(what) as status:
            yield lambda words: status.update(f"{what} [dim]({words})[/]")
