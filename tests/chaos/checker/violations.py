"""What does not hold, and where."""

from collections import Counter
from dataclasses import dataclass

KEPT = 200
"""Of one invariant. A broken run breaks it thousands of times, and the first ones say why."""


@dataclass(frozen=True, slots=True)
class Violation:
    """`invariant` is a stable code; `service` and `stream` are empty where it is about no single one."""

    invariant: str
    detail: str
    service: str = ""
    stream: str = ""

    def __str__(self) -> str:
        place = " ".join(filter(None, (self.service, self.stream)))
        return f"{self.invariant}: {f'{place}: ' if place else ''}{self.detail}"


class Violations:
    """All of a run: the first of each invariant, and how many there were."""

    def __init__(self) -> None:
        self.kept: list[Violation] = []
        self.counted: Counter[str] = Counter()

    def add(self, invariant: str, detail: str, service: str = "", stream: str = "") -> None:
        self.counted[invariant] += 1
        if self.counted[invariant] <= KEPT:
            self.kept.append(Violation(invariant, detail, service, stream))

    def join(self, others: "Violations") -> None:
        """Those too."""
        self.counted += others.counted
        self.kept += others.kept

    def all(self) -> list[Violation]:
        """Those kept, and one that counts for each invariant of which there were more."""
        more = [(code, n - KEPT) for code, n in self.counted.items() if n > KEPT]
        return [*self.kept, *(Violation(code, f"and {n} more") for code, n in more)]
