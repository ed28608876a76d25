"""Upcasters: an old version of an event is lifted on reading; stored bytes never change.

To raise a version: set `version` in the event's class, add to `CHAIN` the function that makes the new data of the old,
and run `python -m contracts.generate`, which keeps the old schema beside the new one. A lift adds, drops or renames
open fields; a sealed field keeps its name, because the name is part of its seal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Lift = Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Chain:
    """`type -> function giving the next type and its data`; applied until no function is left."""

    lifts: Mapping[str, Lift] = field(default_factory=dict[str, Lift])

    def lift(self, type_name: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The newest type that this one became, and its data. A type that nothing lifts comes back as it is."""
        while (lift := self.lifts.get(type_name)) is not None:
            type_name, data = lift(data)
        return type_name, data


CHAIN = Chain()
"""The product's own chain. Nothing has been superseded since the first release."""
