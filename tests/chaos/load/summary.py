"""What a load did, in numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.chaos.history import History

OUTCOMES = ("ok", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class Summary:
    """`acts`: acknowledged, by kind, each once however often it was sent. `calls`: by kind, how many had each of
    OUTCOMES."""

    seconds: float
    acts: Mapping[str, int]
    calls: Mapping[str, Mapping[str, int]]

    @property
    def acknowledged(self) -> int:
        return sum(self.acts.values())

    @property
    def a_second(self) -> float:
        """Acknowledged acts."""
        return self.acknowledged / self.seconds

    def json(self) -> dict[str, Any]:
        rate = {"seconds": round(self.seconds, 1), "acts": self.acknowledged, "acts_a_second": round(self.a_second, 1)}
        return {**rate, **self.totals(), "kinds": {kind: dict(counts) for kind, counts in self.calls.items()}}

    def totals(self) -> dict[str, int]:
        """Calls by outcome."""
        return {outcome: sum(counts[outcome] for counts in self.calls.values()) for outcome in OUTCOMES}

    def table(self) -> str:
        """A line a kind, for people."""
        lines = [f"{'':28}{'acts':>8}" + "".join(f"{outcome:>9}" for outcome in OUTCOMES)]
        for kind, counts in self.calls.items():
            lines.append(f"{kind:28}{self.acts.get(kind, 0):8}" + "".join(f"{counts[one]:9}" for one in OUTCOMES))
        totals = self.totals()
        lines.append(f"{'all':28}{self.acknowledged:8}" + "".join(f"{totals[one]:9}" for one in OUTCOMES))
        return "\n".join([*lines, f"{self.a_second:.1f} acknowledged acts a second in {self.seconds:.0f} s"])


def summary(history: History) -> Summary:
    """So far."""
    kinds = sorted({kind for kind, _ in history.outcomes})
    calls = {kind: {outcome: history.outcomes[kind, outcome] for outcome in OUTCOMES} for kind in kinds}
    return Summary(history.last, dict(history.acts), calls)
