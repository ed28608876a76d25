"""Servers as processes: started apart from the terminal, found again by a mark, stopped by process id."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil


def spawn(
    arguments: Sequence[str | Path], log: Path, *, user: int | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a server whose words go to the end of `log`.

    It has a session of its own, so that Ctrl-C reaches only who started it, and who started it decides the order
    in which things end.
    """
    with log.open("ab") as out:
        return subprocess.Popen(
            [str(argument) for argument in arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=env,
            start_new_session=True,
            user=user,
            group=user,
            extra_groups=no_groups(user),
        )


def no_groups(user: int | None) -> tuple[()] | None:
    """For `subprocess`: whoever gives up root for another user gives up root's groups too."""
    return None if user is None else ()


def marked(mark: str) -> Iterator[psutil.Process]:
    """Every process that has `mark` for the value of one of its arguments, or of a PostgreSQL process title."""
    for process in psutil.process_iter():
        try:
            arguments = process.cmdline()
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
        if any(word.endswith(f"={mark}") or word.startswith(f"postgres: {mark}:") for word in arguments):
            yield process


def end(processes: Sequence[psutil.Process], how: signal.Signals, patience: float) -> None:
    """Ask these processes to end by that signal, and kill those that have not within `patience` seconds."""
    for process in processes:
        _send(process, how)
    _, stubborn = psutil.wait_procs(processes, timeout=patience)
    for process in stubborn:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=10)


def _send(process: psutil.Process, how: signal.Signals) -> None:
    try:
        process.send_signal(how)
    except psutil.NoSuchProcess:
        return


def child_environment(**more: str) -> dict[str, str]:
    """This process's environment without what would turn a PostgreSQL or Java program from our settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "JAVA_", "_JAVA", "JDK_"))}
    return kept | more
