"""Who may write the next event: protocol C1 and C2 on two neighbouring links of a chain. Pure."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Link:
    """What an envelope says about custody, nothing more."""

    stream: str
    seq: int
    epoch: int
    term: int
    unit: str
    """Who wrote it."""
    holder: str
    """Who may write the next one."""
    hash: bytes
    """SHA-256 of the record, 32 bytes."""
    prev: bytes | None
    """Hash of the event before it; None for the first."""
    assumes: bool
    """It is a CustodyAssumed."""


class Reason(StrEnum):
    """Why a link is not on the live branch; stable codes, shown to operators."""

    FIRST_EVENT = "first_event"
    NOT_ADJACENT = "not_adjacent"
    NOT_THE_HOLDER = "not_the_holder"
    EPOCH_RAISED = "epoch_raised"
    TERM_WRONG = "term_wrong"
    CONTRADICTS = "contradicts"
    BAD_ANCESTOR = "bad_ancestor"
    NEVER_WRITTEN_HERE = "never_written_here"
    FENCED = "fenced"


@dataclass(frozen=True, slots=True)
class Rules:
    """What insertion has to know besides the links.

    `without` turns single rules off by name, for the simulation that shows what each is needed for; a running
    service leaves it empty. Names: writer, terms, epochs, look_again, own_names, fences, adoption.
    """

    root: str
    """The city's unit: the only one that may assume custody (C4)."""
    own: frozenset[str] = frozenset()
    """Units hosted by this service."""
    catching_up: bool = False
    """A restored database is reading back what it had said (B2): unknown events in own names are its own."""
    without: frozenset[str] = frozenset()


def is_case(stream: str) -> bool:
    """Cases are named by their number, every other stream `<kind>/<id>`; only cases change hands."""
    return "/" not in stream


def fences(link: Link, rules: Rules) -> bool:
    """A CustodyAssumed of the city: every service that reads it keeps its epoch, following the case or not (I3)."""
    return link.assumes and link.unit == rules.root and is_case(link.stream)


def first_event_breaks(link: Link) -> Reason | None:
    """A first event has number 1, epoch 0, term 0 and no predecessor, is held by its writer, and a case begins at
    the unit in its number."""
    begins = link.seq == 1 and link.prev is None and link.epoch == 0 and link.term == 0 and not link.assumes
    named = not is_case(link.stream) or link.stream.partition("-")[0] == link.unit
    return None if begins and named and link.holder == link.unit else Reason.FIRST_EVENT


def breaks(parent: Link, link: Link, rules: Rules) -> Reason | None:
    """The rule of custody that `link` breaks as the event after `parent`; None when it may stand there (C1, C2)."""
    off = rules.without
    if link.seq != parent.seq + 1 or link.prev != parent.hash:
        return Reason.NOT_ADJACENT
    if link.assumes:
        if link.unit != rules.root or link.holder != rules.root or not is_case(link.stream):
            return Reason.NOT_THE_HOLDER
        return None if link.epoch > parent.epoch and link.term == 0 else Reason.EPOCH_RAISED
    if link.unit != parent.holder and "writer" not in off:
        return Reason.NOT_THE_HOLDER
    if not is_case(link.stream) and link.holder != link.unit:
        return Reason.NOT_THE_HOLDER
    if link.epoch != parent.epoch and "epochs" not in off:
        return Reason.EPOCH_RAISED
    passes = link.holder != parent.holder
    return None if link.term == parent.term + passes or "terms" in off else Reason.TERM_WRONG
