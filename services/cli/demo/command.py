"""`sanji demo`."""

import asyncio
import json
import signal
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop
from rich.console import Console
from rich.table import Table

from deploy.local import Stack, StartFailed
from services.cli.demo.children import ChildDied, Children
from services.cli.demo.people import accounts
from services.cli.demo.places import Folders, the_portal
from services.cli.demo.story import Given, Outcome, begin, tell
from services.cli.demo.telling import Telling
from services.cli.refusing import plainly
from services.cli.replay.mapping import load

T = TypeVar("T")
DATA = Path(__file__).parents[3] / "deploy" / "data"
FAULTS_SHOWN = 30
LOOK_EVERY = 1.0
"""Seconds between looks at PostgreSQL and Kafka."""
BAD, DIED, INTERRUPTED = 1, 2, 130


def command(
    once: Annotated[bool, typer.Option("--once", help="End after the totals; exit 0 only if all held.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The totals as one JSON object, the last line.")] = False,
    state: Annotated[Path, typer.Option(help="Folder in which everything is kept.")] = Path(".state"),
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the board; else one is picked.")] = None,
    log: Annotated[Path, typer.Option(help="The receipt log, or a part of it.")] = DATA / "receipt.csv.gz",
) -> None:
    """Start everything on this machine, let real cases move through the three levels, check it all, show the board.

    What was done before is kept in the state folder; starting again adds nothing. Ctrl-C ends everything it started.
    """
    telling = Telling(Console(stderr=True))
    given = Given(
        DATA / "huainan-units.csv",
        DATA / "items.json",
        DATA / "catalogue.csv",
        DATA / "clearances.json",
        DATA / "chief-representatives.csv",
        log,
        load(DATA / "receipt.toml"),
        DATA / "receipt_totals.py",
    )
    with plainly():
        try:
            code = uvloop.run(_run(given, Folders(state.resolve()), port, telling, once=once, as_json=as_json))
        except ChildDied as error:
            telling.bad(str(error))
            code = DIED
        except (KeyboardInterrupt, asyncio.CancelledError):
            code = INTERRUPTED if once else 0
    raise typer.Exit(code)


async def _run(given: Given, folders: Folders, port: int | None, telling: Telling, *, once: bool, as_json: bool) -> int:
    ending = _end_on_signals(telling)
    async with AsyncExitStack() as ends:
        stack = await ends.enter_async_context(Stack(folders.state, step=telling.step))
        children = Children(folders.logs, stack.state.kept.mark)
        ends.push_async_callback(_stop, children, telling)
        ends.callback(ending.set)
        places = await _while_alive(begin(stack, children, folders, given, port, telling), stack, children)
        outcome = await _while_alive(tell(places, stack, folders, given, telling), stack, children)
        show(outcome, given, telling)
        if not once:
            for one in await accounts(places, folders):
                telling.step(f"{one.url}/  {one.person.name}  {one.password}  ({one.person.day})")
            telling.step(f"The board stays at {the_portal(places).url}/ until Ctrl-C")
            await _watch(stack, children)
    if as_json:
        typer.echo(json.dumps(outcome.as_json(), ensure_ascii=False))
    return BAD if outcome.faults else 0


def _end_on_signals(telling: Telling) -> asyncio.Event:
    """SIGINT or SIGTERM ends the work. Once the event is set the orderly stop has begun; no signal cuts it short."""
    task, ending = asyncio.current_task(), asyncio.Event()
    assert task is not None

    def end() -> None:
        if ending.is_set():
            telling.step("Stopping already; every service finishes what it has in hand")
            return
        ending.set()
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    return ending


async def _watch(stack: Stack, children: Children) -> NoReturn:
    """For ever, while everything lives. Raises ChildDied for a service, StartFailed for PostgreSQL or Kafka."""
    watching = asyncio.create_task(children.watch())
    try:
        while True:
            await asyncio.wait([watching], timeout=LOOK_EVERY)
            if watching.done():
                watching.result()
            for name, server in (("PostgreSQL", stack.postgres), ("Kafka", stack.kafka)):
                if server.pid is None:
                    raise StartFailed(f"{name} ended by itself.", server.log)
    finally:
        watching.cancel()


async def _while_alive(work: Coroutine[Any, Any, T], stack: Stack, children: Children) -> T:
    """The result of `work`; ends as `_watch` does as soon as something that it needs has ended."""
    doing, watching = asyncio.create_task(work), asyncio.create_task(_watch(stack, children))
    try:
        await asyncio.wait([doing, watching], return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
        return await doing
    finally:
        doing.cancel()
        watching.cancel()
        await asyncio.gather(doing, watching, return_exceptions=True)


async def _stop(children: Children, telling: Telling) -> None:
    telling.step("Stopping the services")
    for name in await children.stop():
        telling.bad(f"The service {name} did not stop in time and was killed. Nothing acknowledged is lost.")


def show(outcome: Outcome, given: Given, telling: Telling) -> None:
    """The totals from both sides, and what does not hold."""
    table = Table("", "on the portal", "in the file", "", title=f"{given.log.name}, told to three levels")
    for name, n in outcome.file.items():
        told = outcome.portal.get(name)
        table.add_row(name.replace("_", " "), str(told), str(n), "=" if told == n else "differs")
    for name in ("chains_checked", "chains_bad", "views_bad", "parked", "dead", "quarantined"):
        n = outcome.as_json()[name]
        bad = n and name != "chains_checked"
        table.add_row(name.replace("_", " "), str(n), "", "must be 0" if bad else "")
    telling.console.print(table)
    telling.console.print(given.notice, style="dim", markup=False, soft_wrap=True)
    for fault in outcome.faults[:FAULTS_SHOWN]:
        telling.bad(fault)
    if (more := len(outcome.faults) - FAULTS_SHOWN) > 0:
        telling.bad(f"and {more} more (--json gives all)")
    telling.step("[bold red]Something does not hold[/]" if outcome.faults else "[bold]All of it holds[/]")
    if outcome.codes_to_come:
        telling.step(
            f"{outcome.codes_to_come} query codes are still to come to the portal: each takes its time by design. "
            "Until its own is there, a right code is answered like a wrong one"
        )
