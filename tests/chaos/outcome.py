"""What came of a run."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Outcome:
    """`faults` came about, by kind; `missed` did not, and why. `acts` as the load counts them. `seconds` by part of the
    run. `checked`: what the checker said of itself."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter[str])
    missed: list[str] = field(default_factory=list[str])
    acts: dict[str, Any] = field(default_factory=dict[str, Any])
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    violations: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    checked: dict[str, Any] = field(default_factory=dict[str, Any])


def violation(invariant: str, detail: str, service: str = "", stream: str = "") -> dict[str, str]:
    """As the checker says them."""
    return {"invariant": invariant, "detail": detail, "service": service, "stream": stream}
