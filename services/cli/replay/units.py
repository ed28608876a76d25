"""Where a case of a log goes: a stable spread over the real units."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from contracts.fields import Tier


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    tier: Tier
    parent: str | None = None


class UnitsLacking(ValueError):
    """The units that are open cannot carry this log; says what is missing."""


class Units:
    """The unit tree. The city is the unit without a parent."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._all = {unit.code: unit for unit in sorted(units, key=lambda unit: unit.code)}

    def keeper(self, unit: str) -> Unit:
        """Who keeps the register of a unit's bodies: itself, for a township the first unit above that is none.

        Raises UnitsLacking.
        """
        found = self._all.get(unit)
        while found is not None and found.tier == "township":
            found = self._all.get(found.parent or "")
        if found is None:
            raise UnitsLacking(f"nobody who is open keeps the register of the unit {unit}")
        return found

    def way(self, case: str, lowest: Tier) -> dict[Tier, Unit]:
        """The unit of each tier from `lowest` up for this case. Raises UnitsLacking.

        The lowest is chosen by SHA-256 of the case's id, the others lie above it in the tree.
        """
        choice = [unit for unit in self._all.values() if unit.tier == lowest]
        if not choice:
            raise UnitsLacking(f"no unit of the tier {lowest} is open")
        unit = choice[int.from_bytes(sha256(case.encode()).digest()[:8]) % len(choice)]
        way: dict[Tier, Unit] = {unit.tier: unit}
        while unit.parent is not None:
            if unit.parent not in self._all:
                raise UnitsLacking(f"the unit {unit.parent}, above {unit.code}, is not open")
            unit = self._all[unit.parent]
            way.setdefault(unit.tier, unit)
        return way
