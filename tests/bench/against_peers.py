"""What the rows against other event stores have in common: the numbers of callers, and ours and theirs at each."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from tests.bench.harness import Bench, CannotMeasure, Figure, Row, Side
from tests.bench.peers.peer import Store

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

CALLERS = (1, 4, 16, 64, 256)
SECONDS = 3
LEAST = 0.6


def seconds(bench: Bench) -> float:
    """Of each measurement."""
    return max(LEAST, SECONDS * bench.scale)


def row(
    what: str,
    store: Store,
    target: float | None,
    sides: "Callable[[Bench], AbstractAsyncContextManager[tuple[Side, Side]]]",
) -> Row:
    """Ours with 256 callers against their best of all numbers of callers, then with equally many."""
    best = Figure(f"{what}, 256 callers, {store.name}'s best", f"{store.name}, best of 1 to 256", "/s", target)
    each = [
        Figure(f"{what}, {callers} caller{'s' * (callers > 1)}, {store.name}", "with as many", "/s", None)
        for callers in CALLERS
    ]
    return Row(f"{what.replace(' + ', '_')}_{store.key}", (best, *each), sides, peers=True)


def ours_of(rates: Sequence[float]) -> list[float]:
    """The row's figures, from our rate at each of CALLERS."""
    return [rates[-1], *rates]


def theirs_of(rates: Sequence[float]) -> list[float]:
    """The row's figures, from their rate at each of CALLERS."""
    return [max(rates), *rates]


def check(acknowledged: int, found: int) -> None:
    """Ours is held to what theirs is held to. Raises CannotMeasure."""
    if acknowledged != found:
        raise CannotMeasure(f"the log acknowledged {acknowledged} events, {found} are there")
