"""What a row of the log is beside the step that it stays: a question to other bodies, its answer, time that stops.

The parts of a map that say so, and which questions a case has; when time stops is told with the case (`plan`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from contracts.fields import Code
from services.casework.reasons import GROUNDS

Activities = Annotated[frozenset[str], Field(min_length=1)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Asking(Part):
    """Questions to other bodies. `answers`: the activities by which they come, and whose each is."""

    opens: Activities
    answers: Annotated[dict[str, Code], Field(min_length=1)]
    question: Annotated[str, Field(min_length=1, max_length=2000)]
    answer: Annotated[str, Field(min_length=1, max_length=2000)]
    unanswered: Code | None = None
    days: Annotated[int, Field(ge=1, le=3650)] | None = None

    @property
    def asked(self) -> frozenset[str]:
        """Every body that may be asked."""
        return frozenset(self.answers.values()) | ({self.unanswered} if self.unanswered else set())


class Stopping(Part):
    """Time that does not count, from a row of `begins` to one of `ends` or to the end of the case."""

    begins: Activities
    ends: frozenset[str] = frozenset()
    ground: Code
    expected_days: Annotated[int, Field(ge=1, le=3650)]
    basis: Annotated[str, Field(min_length=1, max_length=2000)] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """`asked_in` and `answered_in` are rows, by their place among those that are told; `code` is the case's own."""

    code: str
    department: str
    of: Asking
    asked_in: int
    answered_in: int | None


def questions(activities: Sequence[str | None], askings: Sequence[Asking]) -> list[Question]:
    """The questions of a case in the order in which they are asked. `activities`: those of its rows; None where a row
    is only the beginning of one.

    A row that opens asks every body whose answer follows before the next row that opens; when none does, the one that
    the map names for it (`unanswered`), if any. An answer that nobody asked for, or that came before, is no answer.
    """
    found = [one for asking in askings for one in _of(activities, asking)]
    found.sort(key=lambda question: question.asked_in)
    return [Question(f"Q{n}", q.department, q.of, q.asked_in, q.answered_in) for n, q in enumerate(found, 1)]


def _of(activities: Sequence[str | None], asking: Asking) -> list[Question]:
    opening = [place for place, activity in enumerate(activities) if activity in asking.opens]
    found: list[Question] = []
    for place, following in pairwise([*opening, len(activities)]):
        answered: dict[str, int | None] = {}
        for later in range(place + 1, following):
            department = asking.answers.get(activities[later] or "")
            if department is not None:
                answered.setdefault(department, later)
        if not answered and asking.unanswered:
            answered[asking.unanswered] = None
        found += [Question("", department, asking, place, later) for department, later in answered.items()]
    return found


def contradictions(
    askings: Sequence[Asking],
    stoppings: Sequence[Stopping],
    departments: Mapping[str, str],
    items: Sequence[Mapping[str, Any]],
    told_as: Callable[[str], str],
) -> list[str]:
    """What of it cannot be, in words. `told_as`: the act that the map makes of an activity."""
    places = _places(askings, stoppings)
    ends = [(f"suspensions.{n}.ends", name) for n, stopping in enumerate(stoppings) for name in sorted(stopping.ends)]
    wrong = [
        f"{place}: {name!r} is no completed step of this map"
        for place, name in [*places, *ends]
        if told_as(name) != "complete-step"
    ]
    for (first, name), (second, same) in combinations(places, 2):
        if name == same:
            wrong.append(f"{first}: {name!r} stands in {second} too")
    for n, asking in enumerate(askings):
        wrong += [f"consultations.{n}: departments lacks {code}" for code in sorted(asking.asked - departments.keys())]
    for n, stopping in enumerate(stoppings):
        wrong += _unlawful(f"suspensions.{n}", stopping, items)
    return wrong


def _places(askings: Sequence[Asking], stoppings: Sequence[Stopping]) -> list[tuple[str, str]]:
    """Where an activity gets an act of its own, and which: each may get one."""
    found = [(f"consultations.{n}.opens", name) for n, asking in enumerate(askings) for name in sorted(asking.opens)]
    found += [(f"consultations.{n}.answers", name) for n, asking in enumerate(askings) for name in asking.answers]
    found += [(f"suspensions.{n}.begins", name) for n, stop in enumerate(stoppings) for name in sorted(stop.begins)]
    return found


def _unlawful(where: str, stopping: Stopping, items: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for name in sorted(stopping.ends & stopping.begins):
        yield f"{where}: {name!r} both begins and ends it"
    if stopping.ground in GROUNDS:
        return
    if stopping.basis is None:
        yield f"{where}: the ground {stopping.ground} is none of the law's, so it needs a basis"
    for item in items:
        if stopping.ground not in {ground.get("code") for ground in item.get("suspension_grounds", ())}:
            yield f"{where}: the item {item.get('code')} does not name the ground {stopping.ground}"
