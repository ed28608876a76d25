"""A trace of a log as the acts that the units would have performed. Pure: the same trace gives the same acts.

- The case is received where its first row lies; a first row that is not the receipt has one put before it.
- A row on a higher tier is preceded by a referral forward_up and its acknowledgement, a jump of two tiers by one;
  a row on a lower tier by a return (`handled`) to a unit that held the case, else by a referral assign_down.
  Custody passes at the time of the row before, so the days until a row are its own office's days.
- A closed case ends at the later of its end date and its last row: accepted if it was not, decided, concluded,
  returned to where it was received (`deliver_result`), delivered. Every case is settled at the end.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from hashlib import sha256
from itertools import groupby
from typing import Any, Literal, assert_never

from contracts.fields import Tier
from services.cli.replay.logs import Row, Trace
from services.cli.replay.mapping import Map, RowAct
from services.cli.replay.units import Unit, Units, UnitsLacking

Body = dict[str, Any]
Move = Literal["up", "down", "closing"]
HEIGHT: dict[Tier, int] = {"township": 0, "district": 1, "city": 2}
PERSON = "import"
"""Staff number of what belongs to no row of the log: what closes a case, and what ends its import."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act to be sent: `name` as in the route, `receive` for POST /cases. `key` is its Idempotency-Key.

    `person` is the staff number that does it: that of the row it belongs to. `row` says that it stands for a row
    of the log; `move` that it passes custody, and how it is counted.
    """

    unit: Unit
    person: str
    name: str
    body: Body
    key: str
    row: bool = False
    move: Move | None = None
    instead: "Act | None" = None
    """Of an acceptance that stands in the log: the step that it is when the law had accepted the case before."""


@dataclass(frozen=True, slots=True)
class CasePlan:
    """`way`: the tiers the case went through, before the return that closes it."""

    case: str
    acts: tuple[Act, ...]
    way: tuple[Tier, ...]
    closed: bool

    @property
    def highest(self) -> Tier:
        return max(self.way, key=HEIGHT.__getitem__)


def plan(trace: Trace, map: Map, units: Units) -> CasePlan | None:
    """The acts of one case in order, or None when the map leaves out every row. Raises UnitsLacking."""
    story = _Story(trace, map, units)
    last: Row | None = None
    for row in trace.rows:
        act = map.activities.act(row.activity, row.lifecycle)
        if act == "ignore" or (act == "start-step" and story.is_running(row)):
            continue
        story.tell(row, act)
        last = row
    if last is None:
        return None
    way: tuple[Tier, ...] = tuple(unit.tier for unit in story.held)
    closed = _closed(trace, map, last)
    if closed:
        story.close()
    story.settle()
    return CasePlan(trace.case, tuple(story.acts), way, closed)


def step_code(activity: str, map: Map) -> str:
    """The map's code for this activity, else its name made into a code (different names, different codes)."""
    return map.activities.steps.get(activity) or code(activity)


def code(name: str) -> str:
    """A name of the log as a code: letters, digits and `_.:-`, at most 64; what is lost is kept apart by a hash."""
    plain = re.sub(r"[^A-Za-z0-9_.:]+", "-", name).strip("-_.:")
    if plain and plain == name.replace(" ", "-") and len(plain) <= 64:
        return plain
    return f"{plain[:50] or 'x'}-{sha256(name.encode()).hexdigest()[:8]}"


def _closed(trace: Trace, map: Map, last: Row) -> bool:
    if map.columns.end is not None:
        return trace.end is not None
    return last.activity in map.closing.last or map.closing.default == "closed"


class _Story:
    """A case while it is told: who holds it, who held it, and what has been said."""

    def __init__(self, trace: Trace, map: Map, units: Units) -> None:
        self._trace, self._map = trace, map
        self._way = units.way(trace.case, map.lowest)
        self._key = f"replay-{map.name}-{sha256(trace.case.encode()).hexdigest()[:32]}"
        self._accepted = False
        self._running: set[str] = set()
        self._person = PERSON
        self._at = trace.rows[0].at
        self.acts: list[Act] = []
        self.held: list[Unit] = []

    def tell(self, row: Row, act: RowAct) -> None:
        unit, person = self._unit(row), _staff(row.resource)
        if not self.held:
            self._receive(unit, person, row, act)
            if act == "receive":
                return
        if unit != self.held[-1]:
            self._pass(unit, person)
        self._at, self._person = row.at, person
        step = step_code(row.activity, self._map)
        match act:
            case "accept" if not self._accepted:
                self._accept(step)
            case "start-step":
                self._running.add(step)
                self._say("start-step", {"step": step, "persons": [person]}, row=True)
            case "accept" | "receive" | "complete-step":
                self._running.discard(step)
                self._say("complete-step", {"step": step, "outcome": "done"}, row=True)
            case "ignore":
                raise AssertionError("rows that are left out do not come here")
            case _:
                assert_never(act)

    def is_running(self, row: Row) -> bool:
        """Whether this step was started and not completed: it cannot be started again."""
        return step_code(row.activity, self._map) in self._running

    def close(self) -> None:
        self._at, self._person = max(self._at, self._trace.end or self._at), PERSON
        if not self._accepted:
            self._accept(None)
        self._say("decide", {"outcome": "granted"})
        self._say("conclude", {"outcome": "issued"})
        home = self.held[0]
        if home != self.held[-1]:
            self._say("return", {"to": home.code, "purpose": "deliver_result"}, move="closing")
            self.held.append(home)
        self._say("deliver", {"how": "window"})

    def settle(self) -> None:
        self._person = PERSON
        self._say("settle")

    def _unit(self, row: Row) -> Unit:
        tier = self._map.tiers.of(row.group, self.held[-1].tier if self.held else None)
        if tier not in self._way:
            raise UnitsLacking(
                f"{row.where}: no unit of the tier {tier} lies above {next(iter(self._way.values())).code}"
            )
        return self._way[tier]

    def _receive(self, unit: Unit, person: str, row: Row, act: RowAct) -> None:
        received = act == "receive"
        self._person = person
        self._at = row.at if received else min(self._trace.start or row.at, row.at)
        self.held.append(unit)
        body = {
            "item": self._map.item(self._trace.item).key,
            "channel": self._map.channel(self._trace.channel),
            "applicant": _applicant(self._trace.case),
            "materials": [],
            "imported": True,
        }
        self._say("receive", body, row=received)

    def _accept(self, step: str | None) -> None:
        """`step` is the code of the row that it stands for."""
        self._accepted = True
        self._say("accept", row=step is not None)
        if step is not None:
            accept = self.acts[-1]
            body = {"step": step, "outcome": "done", "at": accept.body["at"]}
            instead = replace(accept, name="complete-step", body=body, key=f"{accept.key}-step")
            self.acts[-1] = replace(accept, instead=instead)

    def _pass(self, unit: Unit, receiver: str) -> None:
        here = self.held[-1]
        if HEIGHT[unit.tier] > HEIGHT[here.tier]:
            self._say("refer", {"to": unit.code, "kind": "forward_up", "reason": "recorded"}, move="up")
            self.held.append(unit)
            self._person = receiver
            self._say("acknowledge")
            return
        if unit in self.held:
            self._say("return", {"to": unit.code, "purpose": "handled"}, move="down")
        else:
            self._say("refer", {"to": unit.code, "kind": "assign_down", "reason": "recorded"}, move="down")
        self.held.append(unit)

    def _say(self, name: str, body: Body | None = None, *, row: bool = False, move: Move | None = None) -> None:
        timed = {**(body or {}), "at": self._at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
        self.acts.append(Act(self.held[-1], self._person, name, timed, f"{self._key}-{len(self.acts)}", row, move))


def _staff(resource: str | None) -> str:
    """A staff number stays as it is; what may be a person's name is hashed, because events stand open."""
    if resource is None:
        return PERSON
    if re.search(r"[0-9]", resource) and " " not in resource:
        return code(resource)
    return f"staff-{sha256(resource.encode()).hexdigest()[:8]}"


def _applicant(case: str) -> dict[str, str]:
    """A made-up applicant: logs of offices name none. The same case has the same one."""
    digits = str(int(sha256(b"applicant " + case.encode()).hexdigest(), 16))
    return {
        "name": f"导入申请人 {case[:150]}",
        "document_kind": "other",
        "document_number": f"IMPORTED-{digits[:16]}",
        "phone": f"000{digits[16:24]}",
    }


def legs(acts: tuple[Act, ...]) -> Iterator[tuple[Act, ...]]:
    """The acts of a case in pieces that one person performs without the case leaving the unit."""
    for _, leg in groupby(acts, key=lambda act: (act.unit.code, act.person)):
        yield tuple(leg)
