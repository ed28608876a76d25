"""The shortest schedule found that still goes wrong, to be told as a story."""

from collections.abc import Callable

from tests.simulation.world import Step


def shrink(steps: list[Step], still_wrong: Callable[[list[Step]], bool]) -> list[Step]:
    """Leave out ever smaller parts, as long as it goes wrong without them (delta debugging)."""
    size = len(steps) // 2
    while size:
        before, start = len(steps), 0
        while start < len(steps):
            shorter = steps[:start] + steps[start + size :]
            if still_wrong(shorter):
                steps = shorter
            else:
                start += size
        if size > 1 or len(steps) == before:
            size //= 2
    return steps
