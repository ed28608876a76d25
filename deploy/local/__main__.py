"""`python -m deploy.local up|down|status`."""

import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from deploy.local.errors import AlreadyRunning, LocalError
from deploy.local.stack import Stack
from deploy.local.state import State

app = typer.Typer(add_completion=False, no_args_is_help=True, help="PostgreSQL and Kafka on this machine.")
err = Console(stderr=True, highlight=False)
Folder = Annotated[Path, typer.Option("--state", help="The folder that everything is kept in.")]
DEFAULT = Path(".state")

FAILED, ALREADY_RUNNING, NOT_RUNNING = 1, 3, 3


@app.command()
def up(state: Folder = DEFAULT) -> None:
    """Start both and keep them until Ctrl-C. Exit code 3 when they run already."""
    signal.signal(signal.SIGTERM, _leave)
    stack: Stack | None = None
    try:
        with err.status("Starting …") as status:
            stack = Stack(state, step=lambda words: status.update(words) or err.print(f"[dim]·[/] {words}"))
            stack.start()
        print(_where(stack), flush=True)
        signal.pause()
    except AlreadyRunning as error:
        _fail(error, ALREADY_RUNNING)
    except LocalError as error:
        _fail(error, FAILED)
    except KeyboardInterrupt:
        err.print("Stopping …")
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        if stack is not None:
            stack.stop()


@app.command()
def down(state: Folder = DEFAULT) -> None:
    """Stop both, also when whoever started them was killed."""
    if not state.exists():
        err.print(f"There is no {state}.")
        return
    folder = State(state)
    if (pid := folder.holder()) is not None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    try:
        folder.hold(patience=60)
        Stack(state).end_orphans()
    except LocalError as error:
        _fail(error, FAILED)
    finally:
        folder.release()
    err.print("Nothing of it is running.")


@app.command()
def status(state: Folder = DEFAULT) -> None:
    """Say who holds the folder and where both are. Exit code 3 when nothing runs."""
    pid = State(state).holder()
    if pid is None:
        err.print(f"Not running. Start it with `python -m deploy.local up --state {state}`.")
        raise typer.Exit(NOT_RUNNING)
    print(f"process    {pid}\n{_where(Stack(state))}")


def _where(stack: Stack) -> str:
    return f"PostgreSQL 127.0.0.1:{stack.postgres.port}\nKafka      {stack.kafka.bootstrap()}"


def _fail(error: LocalError, code: int) -> NoReturn:
    err.print(str(error), markup=False)
    raise typer.Exit(code)


def _leave(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    app()
