"""What goes to inboxes, derived from the log each time: protocol H1 to H4. Pure."""

from collections.abc import Container, Iterable, Mapping
from typing import Any

from services.runtime.branch import Link, Place, Tree, may_write


def pass_to_send(tree: Tree, own: Container[str]) -> Link | None:
    """The pass whose chain and handover go to `holder`'s inbox, now or again; None when there is none.

    It is the live head as long as the receiver has not written; whichever act it was, and whether it was written
    here or copied back after a restore (H3).
    """
    head = tree.head
    return head if head is not None and head.unit in own and head.holder != head.unit else None


def may_send(pos: int, acknowledged: int, acknowledged_on: str | None, cluster: str) -> bool:
    """Whether an inbox may hear of the row at `pos`: it and every feed row below are acknowledged on this cluster.

    `acknowledged` is the position up to which the relay has acknowledgements, `acknowledged_on` the cluster that
    gave them (H2).
    """
    return acknowledged_on == cluster and pos <= acknowledged


def whom_to_ask_for_key(
    tree: Tree, own: Container[str], keys: Container[str], consulted: Iterable[str] = ()
) -> tuple[str, list[str]] | None:
    """(own unit that holds the case without its key, whom to ask for it); None when nothing is missing.

    `keys`: units for which the vault has this case's key. All earlier holders are asked, those of superseded branches
    too, and the units that were `consulted`: after a restore any of them may be the only one left that has it. Again,
    until it is there (H4).
    """
    head = tree.head
    if head is None or head.holder not in own or head.holder in keys or not may_write(tree, head.holder):
        return None
    held = [*tree.live, *tree.at(Place.SUPERSEDED)]
    earlier = [unit for link in held for unit in (link.unit, link.holder)]
    return head.holder, [unit for unit in dict.fromkeys([*earlier, *consulted]) if unit != head.holder]


def may_have_key(tree: Tree, unit: str) -> bool:
    """A key is sent only to a unit that this copy sees holding the case; otherwise it is asked for again later."""
    return tree.head is not None and tree.head.holder == unit


OPENED, ANSWERED = "sanji.case.ConsultationOpened.", "sanji.case.ConsultationAnswered."
OVER = tuple(
    f"sanji.case.{name}."
    for name in ("CaseDecided", "CaseConcluded", "AcceptanceDeclined", "CaseWithdrawn", "CaseTerminated")
)
"""What ends the waiting for every answer."""


Told = tuple[Link, str, Mapping[str, Any]]
"""An event of the live branch: link, type and data."""


def ever_consulted(events: Iterable[Told]) -> list[str]:
    """The units elsewhere than the asker that were asked about this case, whether they answered or not: they have its
    key."""
    found = (data.get("unit") for _, type_, data in events if type_.startswith(OPENED))
    return [unit for unit in dict.fromkeys(found) if unit is not None]


def asked_elsewhere(events: Iterable[Told], own: Container[str]) -> dict[str, str]:
    """By unit that is asked about this case and hosted elsewhere, the unit here that asks; while the answer is awaited.

    Such a unit gets the chain and the case's key as if it were handed the case, and watches it from then on; custody
    does not move (I4).
    """
    open_: dict[str, tuple[str, str]] = {}
    for link, type_, data in events:
        if type_.startswith(OPENED):
            unit = data.get("unit")
            if link.unit in own and unit is not None and unit not in own:
                open_[data["consultation"]] = (unit, link.unit)
        elif type_.startswith(ANSWERED):
            open_.pop(data["consultation"], None)
        elif type_.startswith(OVER) and data.get("part") is None:
            open_.clear()
    return dict(open_.values())
