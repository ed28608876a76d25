"""What one batch of arrivals does to the streams it touches: protocol I1 to I5 through the pure functions. No I/O.

The result is the net change of each link, whatever happened to it within the batch, so that tables follow by a few
statements over sets.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from services.runtime.branch import Link, Move, Place, Rules, Tree, arrive, fence, written
from services.runtime.custody import is_case
from services.runtime.following import (
    Incomplete,
    SetAside,
    Together,
    follows,
    keeps_from_feed,
    on_handover,
    raises_fence,
)


@dataclass(slots=True)
class Copy:
    """Of one stream: its tree, and what is staged of it by hash."""

    tree: Tree
    staged: dict[bytes, Link] = field(default_factory=dict[bytes, Link])


@dataclass(slots=True)
class Changes:
    """`moves` net, by hash. `staged` are new; `unstaged` leave the staging table, to where `moves` say or away."""

    moves: dict[bytes, Move] = field(default_factory=dict[bytes, Move])
    staged: set[bytes] = field(default_factory=set[bytes])
    unstaged: set[bytes] = field(default_factory=set[bytes])
    fences: dict[str, int] = field(default_factory=dict[str, int])
    reread: set[str] = field(default_factory=set[str])
    set_aside: set[str] = field(default_factory=set[str])
    """Cases of which a handover was beaten by an assumed custody."""

    def note(self, moves: Iterable[Move]) -> None:
        for move in moves:
            before = self.moves.pop(move.link.hash, move)
            if before.came_from is not move.to:
                self.moves[move.link.hash] = Move(move.link, before.came_from, move.to, move.reason)

    def to(self, place: Place, *came_from: Place | None) -> list[Move]:
        """Net moves to `place` from one of these, by stream and number."""
        found = [m for m in self.moves.values() if m.to is place and m.came_from in came_from]
        return sorted(found, key=lambda m: (m.link.stream, m.link.seq))


class Insertion:
    """Over the copies of all streams that the batch touches; `everything` is the portal."""

    def __init__(self, copies: Mapping[str, Copy], rules: Rules, *, everything: bool) -> None:
        self._copies = copies
        self._rules = rules
        self._everything = everything
        self.changes = Changes()

    def from_inbox(self, link: Link) -> None:
        """Cases not followed are staged until their handover; all else that an inbox brings is kept (I3, I4)."""
        copy = self._copies[link.stream]
        if not is_case(link.stream) or self._everything or follows(copy.tree):
            self._insert(copy, link)
            return
        self._heard_of_fence(copy, link)
        if link.hash not in copy.staged:
            copy.staged[link.hash] = link
            self.changes.staged.add(link.hash)

    def from_feed(self, link: Link, *, reference: bool) -> None:
        """Kept when it is followed or an own unit's; following never begins here otherwise (I4)."""
        copy = self._copies[link.stream]
        followed = follows(copy.tree)
        if not (reference or keeps_from_feed(link, followed, self._rules, self._everything)):
            self._heard_of_fence(copy, link)
            return
        if not followed and is_case(link.stream) and not self._everything:
            self.changes.reread.add(link.stream)
        self._insert(copy, link)

    def asked_for(self, link: Link) -> None:
        """A unit here asked about the case: following begins with what was found of it (I4), and the feeds are read
        again for it from their first record (I5)."""
        copy = self._copies[link.stream]
        if not follows(copy.tree) and not self._everything:
            self.changes.reread.add(link.stream)
        self._insert(copy, link)

    def handed_over(self, case: str, head: bytes) -> None:
        """The handover record: what is staged goes in together, or away, or waits for the rest (I3)."""
        copy = self._copies[case]
        if follows(copy.tree):
            return
        match on_handover(copy.staged, head, copy.tree.fenced):
            case Together():
                self._insert_staged(copy)
                if not copy.tree.live or copy.tree.live[-1].holder not in self._rules.own:
                    # A unit that was asked about it: others write on meanwhile, and their records may have gone by.
                    self.changes.reread.add(case)
            case SetAside():
                self._unstage(copy)
                self.changes.set_aside.add(case)
            case Incomplete():
                pass

    def head_written(self, stream: str) -> None:
        """An own append became the live head: what waits or lies aside is looked at again (I2)."""
        tree = self._copies[stream].tree
        head = tree.live.pop()
        if raises_fence(head, tree.fenced, self._rules):
            self.changes.fences[stream] = head.epoch
            self.changes.note(fence(tree, head.epoch))
        self.changes.note(move for move in written(tree, head, self._rules) if move.link is not head)

    def fence_told(self, stream: str, epoch: int) -> None:
        """Somebody else has read of a custody assumed in this epoch (B4)."""
        tree = self._copies[stream].tree
        if epoch > tree.fenced:
            self.changes.fences[stream] = epoch
            self.changes.note(fence(tree, epoch))

    def _insert(self, copy: Copy, link: Link) -> None:
        tree = copy.tree
        if tree.place(link.hash) is not None:
            return
        if raises_fence(link, tree.fenced, self._rules):
            self.changes.fences[link.stream] = link.epoch
            if not self._everything:
                self.changes.reread.add(link.stream)
        began = not follows(tree)
        self.changes.note(arrive(tree, link, self._rules))
        if began and copy.staged and follows(tree):
            self._insert_staged(copy)

    def _insert_staged(self, copy: Copy) -> None:
        for link in self._unstage(copy):
            self._insert(copy, link)

    def _unstage(self, copy: Copy) -> list[Link]:
        links = sorted(copy.staged.values(), key=lambda link: link.seq)
        self.changes.unstaged.update(copy.staged)
        copy.staged.clear()
        return links

    def _heard_of_fence(self, copy: Copy, link: Link) -> None:
        """A custody assumed over a case that is not followed is kept in the fence table alone (I3)."""
        if raises_fence(link, copy.tree.fenced, self._rules):
            self.changes.fences[link.stream] = link.epoch
            self.changes.note(fence(copy.tree, link.epoch))
