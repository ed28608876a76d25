"""Which cases a service keeps, and how one that it does not follow yet comes in: protocol I3, I4, I5. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.runtime.branch import Link, Rules, Tree
from services.runtime.custody import fences


def follows(tree: Tree) -> bool:
    """A case is followed when it is in the log, those that wait counted in (I4)."""
    return bool(tree.live or tree.parked)


def keeps_from_feed(link: Link, followed: bool, rules: Rules, everything: bool = False) -> bool:
    """Whether a record of a case or request read from a feed is inserted.

    Following never begins with a feed record, except with one that a unit of this service wrote: a restored
    database begins again with what it had said. `everything` is the portal.
    """
    own = link.unit in rules.own and "own_events" not in rules.without
    return everything or followed or own


@dataclass(frozen=True, slots=True)
class Together:
    """The chain is complete: insert all that was staged of the case, by number, and follow it from now on."""

    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """The city has assumed a higher epoch than this handover's: nothing of it goes in, all staged rows go away."""


@dataclass(frozen=True, slots=True)
class Incomplete:
    """Records of the chain are missing: keep what is staged; the sender sends everything again (H3)."""


def on_handover(staged: Mapping[bytes, Link], head: bytes, fenced: int) -> Together | SetAside | Incomplete:
    """What to do with the staged records of a case not followed when its handover record comes (I3).

    `head` is the hash that the handover names, `fenced` the highest epoch in the fence table (0: none). The epoch
    is the head event's own, never the message's (C5).
    """
    link = last = staged.get(head)
    if last is None:
        return Incomplete()
    if last.epoch < fenced:
        return SetAside()
    while link is not None and link.prev is not None:
        link = staged.get(link.prev)
    if link is None:
        return Incomplete()
    return Together(tuple(sorted(staged.values(), key=lambda one: one.seq)))


def raises_fence(link: Link, fenced: int, rules: Rules) -> bool:
    """Whether this record, of a case followed or not, brings a new epoch for the fence table (I3)."""
    return fences(link, rules) and link.epoch > fenced and "fences" not in rules.without
