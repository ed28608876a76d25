"""`python -m tests.bench [--json] [--peers] [--only NAME] [--rounds N] [--full]`."""

import argparse
import asyncio
import json
import logging
import sys
import tempfile
import traceback
from dataclasses import asdict
from pathlib import Path

import structlog
import uvloop
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.local import Stack
from tests.bench import (
    append_256,
    append_batch,
    append_one,
    append_peers,
    board,
    clock_tick,
    http_act,
    load_append,
    office_pages,
    page,
    processes,
    rebuild,
    relay,
    relay_peer,
    replica,
)
from tests.bench.harness import Bench, CannotMeasure, Measured, Row, measure

ROWS: tuple[Row, ...] = (
    append_256.ROW, append_batch.ROW, append_one.ROW, *append_peers.WITH_TARGET, relay.ROW, replica.ROW, rebuild.ROW,
    http_act.ROW, processes.ROW, board.ROW, clock_tick.ROW,
    office_pages.ROW,
)  # fmt: skip
PEERS: tuple[Row, ...] = (*append_peers.ROWS, *load_append.ROWS, relay_peer.ROW)
NAMED = {row.name: row for row in (*ROWS, *PEERS)}
SMALL = 0.2
"""Of the events that the targets name, unless all are asked for."""


PATIENCE = 3600
"""Seconds for one row; with all the events and five rounds some take half an hour."""


def main() -> int:
    """1 only when something could not be measured; a target that is missed is printed, not an error."""
    words = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    words.add_argument("--json", action="store_true", help="print a list of objects instead of the table")
    words.add_argument("--page", type=Path, help="write a page with a plot to this file too")
    words.add_argument("--only", action="append", choices=list(NAMED), help="this row; may be repeated")
    words.add_argument("--peers", action="store_true", help="only the rows against products of others, all of them")
    words.add_argument("--rounds", type=int, default=5, help="interleaved rounds (5)")
    words.add_argument("--full", action="store_true", help="as many events as the targets say")
    said = words.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    console = Console(stderr=said.json, width=None if sys.stdout.isatty() else 150)
    chosen = [NAMED[name] for name in said.only] if said.only else list(PEERS if said.peers else ROWS)
    folder = Path(tempfile.mkdtemp(prefix="sanji-bench-"))
    folder.chmod(0o711)
    stack = Stack(folder)
    try:
        if any(row.needs_kafka for row in chosen):
            stack.start()
        else:
            stack.state.hold()
            stack.postgres.prepare()
            stack.postgres.start()
        bench = Bench(stack, 1.0 if said.full else SMALL)
        found, failed = uvloop.run(_all(chosen, bench, said.rounds, console))
    finally:
        stack.discard()
    if said.json:
        kept = ("name", "ours", "reference", "ratio", "spread", "target", "holds")
        print(json.dumps([{k: asdict(m)[k] for k in kept} for m in found]))
    else:
        console.print(_table(found))
    if said.page is not None and found:
        page.write(said.page, "Sanji: ratios of one run", "tests.bench", [page.ratios(found)])
    for words_ in bench.notes:
        console.print(words_, highlight=False, soft_wrap=True)
    return int(failed)


async def _all(rows: list[Row], bench: Bench, rounds: int, console: Console) -> tuple[list[Measured], bool]:
    found: list[Measured] = []
    failed = False
    with console.status("") as status:
        for row in rows:
            try:
                async with asyncio.timeout(PATIENCE):
                    measured = await measure(row, bench, rounds, status.update)
                for one in measured:
                    # Said at once, too: all of them take an hour.
                    low, high = one.spread
                    console.print(f"{one.name}: {one.ratio:.2f}, {low:.2f} to {high:.2f}", highlight=False)
                found += measured
            except CannotMeasure as why:
                failed = True
                console.print(f"[red]{row.name} could not be measured:[/red] {escape(str(why))}", soft_wrap=True)
            except Exception:
                failed = True
                console.print(f"[red]{row.name} could not be measured[/red]")
                traceback.print_exc(file=sys.stderr)
    return found, failed


def _table(found: list[Measured]) -> Table:
    table = Table("name", title="Ratios of this run; medians of interleaved rounds")
    for column in ("ours", "reference", "ratio", "spread", "target", "holds"):
        table.add_column(column, justify="left" if column == "reference" else "right")
    for m in found:
        table.add_row(
            m.name,
            f"{m.ours:,.3g} {m.unit}" if m.ours < 100 else f"{m.ours:,.0f} {m.unit}",
            f"{m.reference:,.3g} {m.against}" if m.reference < 100 else f"{m.reference:,.0f} {m.against}",
            f"{m.ratio:.2f}",
            f"{m.spread[0]:.2f} to {m.spread[1]:.2f}",
            "" if m.target is None else f"{'≥' if m.wanted == 'at least' else '≤'} {m.target}",
            {None: "", True: "[green]holds[/green]", False: "[red]no[/red]"}[m.holds],
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
