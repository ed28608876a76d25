"""Requests to whoever holds a case: protocol R1, R2, R3. Pure; casework decides what an answer says."""

from collections.abc import Container
from dataclasses import dataclass

from services.runtime.branch import Link, Tree, may_write

MAX_HOPS = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as its record says; `epoch` and `term` are those of the case's custody when it was asked."""

    id: str
    case: str
    unit: str
    """Who asks."""
    epoch: int
    term: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`unit`, hosted here, holds the case: casework answers with an event that carries the id."""

    unit: str


@dataclass(frozen=True, slots=True)
class AlreadyAnswered:
    """The live chain has the id: write nothing; the asker learns it from the feed."""


@dataclass(frozen=True, slots=True)
class ForwardTo:
    unit: str
    hops: int


@dataclass(frozen=True, slots=True)
class Drop:
    """Nothing to be done here; the asker sends again to the holder that it sees then."""


def on_request(
    asked: Asked, hops: int, tree: Tree, own: Container[str], answered: Container[str]
) -> Answer | AlreadyAnswered | ForwardTo | Drop:
    """What a service does with a request that arrives by inbox, for the first time or again.

    `tree` is its copy of the case (empty when it has none), `answered` the request ids that the live chain carries,
    `hops` how often it was forwarded.
    """
    head = tree.head
    if head is None:
        return Drop()
    if asked.id in answered:
        return AlreadyAnswered()
    if head.holder in own:
        return Answer(head.holder) if may_write(tree, head.holder) else Drop()
    return ForwardTo(head.holder, hops + 1) if hops < MAX_HOPS else Drop()


def ask_again(asked: Asked, head: Link | None, answered: Container[str]) -> str | None:
    """The unit to which the asker sends its request, now or again; None when it is answered or the case not here.

    Derived from the live chain each time: a fence that beats the answer opens the request again (R3).
    """
    return head.holder if head is not None and asked.id not in answered else None
