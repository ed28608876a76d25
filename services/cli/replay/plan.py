"""A trace of a log as the acts that the units would have performed. Pure: the same trace gives the same acts.

- The case is received where its first row lies; a first row that is not the receipt has one put before it.
- A row on a higher tier is preceded by a referral forward_up and its acknowledgement, a jump of two tiers by one;
  a row on a lower tier by a return (`handled`) to a unit that held the case, else by a referral assign_down.
  Custody passes at the time of the row before, so the days until a row are its own office's days.
- A row that the map makes a question, its answer, or the beginning or end of a suspension is that beside its step, and
  right after it. A question goes to a body where its answer is recorded; time stops no sooner than it runs.
- A closed case ends at the later of its end date and its last row: accepted if it was not, decided, concluded,
  returned to where it was received (`deliver_result`), delivered. Every case is settled at the end.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC
from hashlib import sha256
from itertools import groupby
from typing import Any, Literal, assert_never

from contracts.fields import Tier
from services.cli.replay.beside import Question, Stopping, questions
from services.cli.replay.logs import Row, Trace
from services.cli.replay.mapping import Map, RowAct
from services.cli.replay.units import Unit, Units, UnitsLacking

Body = dict[str, Any]
Move = Literal["up", "down", "closing"]
HEIGHT: dict[Tier, int] = {"township": 0, "district": 1, "city": 2}
PERSON = "import"
"""Staff number of what belongs to no row of the log: what closes a case, and what ends its import."""
NO_ANSWER = "not_in_the_log"
"""Why a decision did not wait for an answer."""


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
    rows = _told(trace, map)
    if not rows:
        return None
    story = _Story(trace, map, units, rows)
    for place, (row, act) in enumerate(rows):
        story.tell(place, row, act)
    way: tuple[Tier, ...] = tuple(unit.tier for unit in story.held)
    closed = _closed(trace, map, rows[-1][0])
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


def _told(trace: Trace, map: Map) -> list[tuple[Row, RowAct]]:
    """The rows that are told, and as what. A step that was started and not completed cannot be started again."""
    found: list[tuple[Row, RowAct]] = []
    running: set[str] = set()
    for row in trace.rows:
        act, step = map.activities.act(row.activity, row.lifecycle), step_code(row.activity, map)
        if act == "ignore" or (act == "start-step" and step in running):
            continue
        if act == "start-step":
            running.add(step)
        else:
            running.discard(step)
        found.append((row, act))
    return found


def _places(rows: list[tuple[Row, RowAct]], way: Mapping[Tier, Unit], map: Map) -> list[Unit]:
    """Where the case lies with each row."""
    found: list[Unit] = []
    for row, _ in rows:
        tier = map.tiers.of(row.group, found[-1].tier if found else None)
        if tier not in way:
            raise UnitsLacking(f"{row.where}: no unit of the tier {tier} lies above {next(iter(way.values())).code}")
        found.append(way[tier])
    return found


def _closed(trace: Trace, map: Map, last: Row) -> bool:
    if map.columns.end is not None:
        return trace.end is not None
    return last.activity in map.closing.last or map.closing.default == "closed"


class _Story:
    """A case while it is told: who holds it, who held it, and what has been said."""

    def __init__(self, trace: Trace, map: Map, units: Units, rows: list[tuple[Row, RowAct]]) -> None:
        self._trace, self._map = trace, map
        self._places = _places(rows, units.way(trace.case, map.lowest), map)
        finished = [row.activity if act == "complete-step" else None for row, act in rows]
        self._questions = questions(finished, map.consultations)
        self._key = f"replay-{map.name}-{sha256(trace.case.encode()).hexdigest()[:32]}"
        self._accepted = False
        self._to_stop: Stopping | None = None
        self._stopped: Stopping | None = None
        self._suspensions = 0
        self._person = PERSON
        self._at = trace.rows[0].at
        self.acts: list[Act] = []
        self.held: list[Unit] = []

    def tell(self, place: int, row: Row, act: RowAct) -> None:
        unit, person = self._places[place], _staff(row.resource)
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
                self._say("start-step", {"step": step, "persons": [person]}, row=True)
            case "accept" | "receive" | "complete-step":
                self._say("complete-step", {"step": step, "outcome": "done"}, row=True)
                if act == "complete-step":
                    self._beside(place, row.activity)
            case "ignore":
                raise AssertionError("rows that are left out do not come here")
            case _:
                assert_never(act)

    def close(self) -> None:
        self._at, self._person = max(self._at, self._trace.end or self._at), PERSON
        self._to_stop = None
        if not self._accepted:
            self._accept(None)
        self._resume()
        unanswered = any(question.answered_in is None for question in self._questions)
        self._say("decide", {"outcome": "granted", **({"without_answer": NO_ANSWER} if unanswered else {})})
        self._say("conclude", {"outcome": "issued"})
        home = self.held[0]
        if home != self.held[-1]:
            self._say("return", {"to": home.code, "purpose": "deliver_result"}, move="closing")
            self.held.append(home)
        self._say("deliver", {"how": "window"})

    def settle(self) -> None:
        self._person = PERSON
        self._say("settle")

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
            self._stop()

    def _beside(self, place: int, activity: str) -> None:
        """What the map makes of a row beside its step."""
        for question in self._questions:
            if question.asked_in == place:
                self._ask(question)
            if question.answered_in == place:
                self._say("answer-consultation", {"consultation": question.code, "answer": question.of.answer})
        if any(activity in stopping.ends for stopping in (self._stopped, self._to_stop) if stopping):
            self._to_stop = None
            self._resume()
        stops = next((stopping for stopping in self._map.suspensions if activity in stopping.begins), None)
        if stops and self._stopped is None:
            self._to_stop = self._to_stop or stops
            self._stop()

    def _ask(self, question: Question) -> None:
        there = self._places[question.answered_in] if question.answered_in is not None else self.held[-1]
        body = {
            "consultation": question.code,
            "department": question.department,
            "question": question.of.question,
            "unit": there.code if there != self.held[-1] else None,
            "days": question.of.days,
        }
        self._say("open-consultation", {name: value for name, value in body.items() if value is not None})

    def _stop(self) -> None:
        """Stop the time once it runs, which it does with the acceptance."""
        if self._to_stop is None or not self._accepted:
            return
        self._stopped, self._to_stop = self._to_stop, None
        self._suspensions += 1
        body = {
            "ground": self._stopped.ground,
            "basis": self._stopped.basis,
            "expected_days": self._stopped.expected_days,
            "notice": code(f"{self._trace.case} {self._suspensions}"),
        }
        self._say("suspend", {name: value for name, value in body.items() if value is not None})

    def _resume(self) -> None:
        if self._stopped is not None:
            self._stopped = None
            self._say("resume")

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
