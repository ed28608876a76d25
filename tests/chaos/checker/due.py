"""No due date moves without a journalled reason: what was shown at different moments, and what happened between.

The chain and the history tell when: an event was written after the first try of its act began, and after all before it,
and before the answer to its act came, and before all after it. No clock of any service is needed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.chaos.checker.records import ASSUMED, Record
from tests.chaos.checker.scratch import Scratch
from tests.chaos.checker.sources import Row

PAUSED = frozenset({"preliminary_review", "statutory", "committed", "step"})
"""The clocks that a suspension stops."""
NO_DAY = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One answer about one limit. `started` tells which run of a clock it was, `last_day` is empty while it is kept
    open by a suspension."""

    service: str
    clock: str
    about: str
    started: str
    last_day: str
    asked: float
    answered: float

    def __str__(self) -> str:
        return f"on {self.last_day or 'no day yet'} at {self.answered:.3f} s"


def moved(rows: Sequence[Row], live: Sequence[Record], hosts: Mapping[str, str], scratch: Scratch) -> Iterator[str]:
    """Of one case: dates that moved between two answers of one service, without an event that can have moved them."""
    limits: dict[tuple[str, str, str], list[Shown]] = defaultdict(list)
    for row in rows:
        shown = Shown(*row[1:])
        limits[shown.service, shown.clock, shown.about].append(shown)
    if all(len({(s.started, s.last_day) for s in told}) == 1 for told in limits.values()):
        return
    windows = _windows(live, scratch)
    for told in limits.values():
        told.sort(key=lambda shown: shown.answered)
        for before, after in pairwise(told):
            if (before.started, before.last_day) == (after.started, after.last_day):
                continue
            if not _explained(before, after, live, windows, hosts):
                yield f"{before.clock} {before.about} ended {before}, {after}, and nothing between moved it"


def _windows(live: Sequence[Record], scratch: Scratch) -> list[tuple[float, float]]:
    """For each event, from when to when it can have been written."""
    earliest: list[float] = []
    latest: list[float] = []
    for record in live:
        act = scratch.one("select asked, case when ok then answered end from act where command = ?", record.command)
        earliest.append(max(act[0] if act else float("-inf"), earliest[-1] if earliest else float("-inf")))
        latest.append(act[1] if act and act[1] is not None else float("inf"))
    for i in range(len(latest) - 2, -1, -1):
        latest[i] = min(latest[i], latest[i + 1])
    return list(zip(earliest, latest, strict=True))


def _explained(
    before: Shown,
    after: Shown,
    live: Sequence[Record],
    windows: Sequence[tuple[float, float]],
    hosts: Mapping[str, str],
) -> bool:
    if before.started == after.started and _journalled(before, after, live):
        return True
    for record, (earliest, latest) in zip(live, windows, strict=True):
        # What was written elsewhere may have arrived long after it was written.
        seen_later = hosts.get(record.unit) != before.service
        between = earliest <= after.answered and (seen_later or latest >= before.asked)
        if between and (before.started != after.started or _moves(record, before.clock)):
            return True
    return False


def _moves(record: Record, clock: str) -> bool:
    match record.name:
        case "CaseSuspended" | "CaseResumed":
            return clock in PAUSED
        case "DeadlineExtended":
            return clock == "statutory"
        case name:
            # An assumed custody takes back what the beaten branch had moved; a reopening begins anew.
            return name in (ASSUMED, "CaseReopened")


def _journalled(before: Shown, after: Shown, live: Sequence[Record]) -> bool:
    """A calendar's change moves a date as soon as it is known, and the journal follows it: from one day to the other,
    over several changes perhaps."""
    steps: dict[str, set[str]] = defaultdict(set)
    for said in (record.data for record in live if record.name == "DeadlineRecomputed"):
        if (said["clock"], said.get("about") or "") == (before.clock, before.about):
            steps[said["old"]].add(said["new"])
    reached, waiting = {before.last_day}, [before.last_day]
    while waiting:
        for day in steps[waiting.pop()] - reached:
            reached.add(day)
            waiting.append(day)
    return after.last_day in reached and after.last_day != NO_DAY
