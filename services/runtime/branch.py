"""Copied events form a tree; one branch of it is live. Protocol I1, I2 and the fence, pure: no clock, no I/O.

The live branch is the complete one, from event 1, with the highest epoch. Where a link goes depends on the links
alone, never on the order in which they came: only two valid successors of one event, which takes a forger or two
faults at once, are decided by the first, and the city heals that by assuming custody.

`arrive`, `fence` and `written` change the tree and answer with the moves, in the order in which tables must follow:
the cut tail first, then what becomes live by number.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from services.runtime.custody import Link, Reason, Rules, breaks, fences, first_event_breaks

__all__ = ["Link", "Move", "Place", "Reason", "Rules", "Tree", "arrive", "fence", "may_write", "next_epoch", "written"]


class Place(StrEnum):
    LIVE = "live"
    PARKED = "parked"
    SUPERSEDED = "superseded"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Move:
    """`came_from` is None for a link that is new here. `reason` is a `Reason` when superseded or quarantined."""

    link: Link
    came_from: Place | None
    to: Place
    reason: str | None


class Tree:
    """All that a service has of one stream: the live links by number, the others with their places, and the highest
    epoch of an assumed custody that it has read of (0: none)."""

    __slots__ = ("_place", "by_hash", "fenced", "live", "parked", "stream")

    def __init__(
        self,
        stream: str,
        live: Iterable[Link] = (),
        parked: Iterable[Link] = (),
        superseded: Iterable[Link] = (),
        quarantined: Iterable[Link] = (),
        fenced: int = 0,
    ) -> None:
        """From rows as stored; `live` in the order of seq, 1..n."""
        self.stream = stream
        self.fenced = fenced
        self.live = list(live)
        self.by_hash: dict[bytes, Link] = {}
        self.parked: dict[bytes, Link] = {}
        self._place: dict[bytes, Place] = {}
        for place, links in (
            (Place.LIVE, self.live),
            (Place.PARKED, parked),
            (Place.SUPERSEDED, superseded),
            (Place.QUARANTINED, quarantined),
        ):
            for link in links:
                self.put(link, place)

    @property
    def head(self) -> Link | None:
        return self.live[-1] if self.live else None

    def place(self, digest: bytes) -> Place | None:
        """Where the link with this hash is; None when it was never here."""
        return self._place.get(digest)

    def at(self, place: Place) -> list[Link]:
        """The links there; live ones by number."""
        return (
            list(self.live) if place is Place.LIVE else [self.by_hash[h] for h, p in self._place.items() if p is place]
        )

    def put(self, link: Link, to: Place, reason: str | None = None) -> Move:
        """Bookkeeping of one move; the live list is the caller's."""
        came_from = self._place.get(link.hash)
        self.by_hash[link.hash] = link
        self._place[link.hash] = to
        if to is Place.PARKED:
            self.parked[link.hash] = link
        elif came_from is Place.PARKED:
            del self.parked[link.hash]
        return Move(link, came_from, to, reason)


def next_epoch(tree: Tree) -> int:
    """One more than the highest epoch seen anywhere: live, parked, superseded, quarantined, fence table (C3)."""
    return 1 + max(tree.fenced, max((link.epoch for link in tree.by_hash.values()), default=0))


def may_write(tree: Tree, unit: str) -> bool:
    """`unit` holds the live head, and no higher epoch is known of that has not arrived yet."""
    head = tree.head
    return head is not None and head.holder == unit and head.epoch >= tree.fenced


def arrive(tree: Tree, link: Link, rules: Rules) -> list[Move]:
    """Insert what somebody else wrote; `[]` when its hash is known. A CustodyAssumed of the city fences too: the
    caller keeps its epoch in the fence table."""
    if link.hash in tree.by_hash:
        return []
    moves = fence(tree, link.epoch) if fences(link, rules) else []
    place, reason = _judge(tree, link, rules)
    if link.unit in rules.own and not rules.catching_up and "own_names" not in rules.without:
        # A service knows what it wrote; only an assumed custody that stands on such an event makes it live here.
        place, reason = _aside(tree, link, Reason.NEVER_WRITTEN_HERE)
    moves.append(tree.put(link, place, reason))
    if place is Place.LIVE:
        tree.live.append(link)
    if place is not Place.PARKED or _raises(link, rules):
        moves += _look_again(tree, rules)
    return _net(moves)


def written(tree: Tree, link: Link, rules: Rules) -> list[Move]:
    """An own append, checked by casework and the compare-and-set: it and what it changes for those that wait (I2)."""
    tree.live.append(link)
    return _net([tree.put(link, Place.LIVE), *_look_again(tree, rules)])


def fence(tree: Tree, epoch: int) -> list[Move]:
    """The city assumed custody with this epoch: quarantined events of lower epoch become superseded ones (I2)."""
    tree.fenced = max(tree.fenced, epoch)
    beaten = [link for link in tree.at(Place.QUARANTINED) if link.epoch < tree.fenced]
    return [tree.put(link, Place.SUPERSEDED, Reason.FENCED) for link in beaten]


def _raises(link: Link, rules: Rules) -> bool:
    """Only an assumed custody can bring a higher epoch (C2)."""
    return link.assumes or "epochs" in rules.without


def _judge(tree: Tree, link: Link, rules: Rules) -> tuple[Place, Reason | None]:
    """Where a link that is not live belongs; adoption, which needs the whole path, is not judged here."""
    head = tree.head
    if link.prev is None or link.seq <= 1:
        if broken := first_event_breaks(link):
            return _aside(tree, link, broken)
        return (Place.LIVE, None) if head is None else _aside(tree, link, Reason.CONTRADICTS)
    if link.assumes and link.unit != rules.root:
        return _aside(tree, link, Reason.NOT_THE_HOLDER)
    parent = tree.by_hash.get(link.prev)
    if parent is not None and (broken := breaks(parent, link, rules)):
        return _aside(tree, link, broken)
    if parent is not None and parent is head:
        return Place.LIVE, None
    if head is not None and link.epoch < head.epoch:
        return Place.SUPERSEDED, Reason.FENCED
    if _raises(link, rules) and (head is None or link.epoch > head.epoch):
        return Place.PARKED, None
    settled = parent is not None and tree.place(parent.hash) is not Place.PARKED
    # The live branch is complete up to its head: of the same epoch nothing else can come to stand below it.
    beside = head is not None and link.epoch == head.epoch and link.seq <= head.seq + 1
    return _aside(tree, link, Reason.CONTRADICTS) if settled or beside else (Place.PARKED, None)


def _aside(tree: Tree, link: Link, reason: Reason) -> tuple[Place, Reason]:
    """Not live and never by itself: beaten when a higher epoch is known, else a contradiction to be looked into."""
    known = max(tree.fenced, tree.head.epoch if tree.head else 0)
    return (Place.SUPERSEDED, Reason.FENCED) if link.epoch < known else (Place.QUARANTINED, reason)


def _look_again(tree: Tree, rules: Rules) -> list[Move]:
    """Every parked link, by number, until nothing changes any more (I2)."""
    moves: list[Move] = []
    if "look_again" in rules.without:
        return moves
    before = -1
    while before != len(moves) and tree.parked:
        before = len(moves)
        for link in sorted(tree.parked.values(), key=lambda parked: parked.seq):
            if tree.place(link.hash) is not Place.PARKED:
                continue
            place, reason = _judge(tree, link, rules)
            if place is Place.LIVE:
                tree.live.append(link)
            if place is not Place.PARKED:
                moves.append(tree.put(link, place, reason))
            elif _raises(link, rules):
                moves += _adopt(tree, link, rules)
    return moves


def _adopt(tree: Tree, link: Link, rules: Rules) -> list[Move]:
    """A higher epoch with all its ancestors, wherever they lie, becomes live and cuts the tail that it beats."""
    if "adoption" in rules.without or (tree.head is not None and link.epoch <= tree.head.epoch):
        return []
    path = [link]
    while (prev := path[-1].prev) is not None and tree.place(prev) is not Place.LIVE:
        if (ancestor := tree.by_hash.get(prev)) is None:
            return []
        path.append(ancestor)
    path.reverse()
    first = path[0]
    fork = tree.by_hash[first.prev] if first.prev is not None else None
    broken = breaks(fork, first, rules) if fork else first_event_breaks(first)
    if broken or any(breaks(parent, child, rules) for parent, child in pairwise(path)):
        return [tree.put(link, *_aside(tree, link, Reason.BAD_ANCESTOR))]
    cut = tree.live[fork.seq if fork else 0 :]
    tree.live = [*tree.live[: fork.seq if fork else 0], *path]
    return [
        *(tree.put(beaten, Place.SUPERSEDED, Reason.FENCED) for beaten in reversed(cut)),
        *(tree.put(adopted, Place.LIVE) for adopted in path),
    ]


def _net(moves: list[Move]) -> list[Move]:
    """One move a link, from where it was to where it ends: the cut and the set aside first, then the live by number,
    so that (stream, seq) is free when the next live link takes it."""
    if len(moves) < 2:
        return moves
    net: dict[bytes, Move] = {}
    for move in moves:
        first = net.get(move.link.hash, move)
        net[move.link.hash] = Move(move.link, first.came_from, move.to, move.reason)
    left = [move for move in net.values() if move.came_from is not move.to]
    live = sorted((move for move in left if move.to is Place.LIVE), key=lambda move: move.link.seq)
    return [*(move for move in left if move.to is not Place.LIVE), *live]
