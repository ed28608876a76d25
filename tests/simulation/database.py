"""What one service's database holds; `copy` is a backup. Every change is one transaction."""

from collections.abc import Iterable

from services.runtime.branch import Move, Place, Tree
from tests.simulation.records import Record


class Database:
    def __init__(self, incarnation: str) -> None:
        self.incarnation = incarnation
        self.trees: dict[str, Tree] = {}
        self.records: dict[bytes, Record] = {}
        self.log: list[bytes] = []
        """Hash by position, from 1; a row that got a new position leaves its old one behind, unused."""
        self.pos: dict[bytes, int] = {}
        self.said: set[bytes] = set()
        """What this service wrote, or copied back as its own: only that is published."""
        self.staged: dict[str, dict[bytes, Record]] = {}
        self.fences: dict[str, int] = {}
        self.vault: set[tuple[str, str]] = set()
        """(case, unit) whose key is here."""
        self.commands: dict[str, bytes] = {}
        self.offsets: dict[tuple[str, int], int] = {}
        self.read_cluster: str | None = None
        self.checkpoint = 0
        self.relay_cluster: str | None = None
        self.serial = 0
        self.reread: set[str] = set()
        self.requests: dict[str, int] = {}
        """Request streams to be looked at, with their hops."""
        self.forwards: list[tuple[str, str, int]] = []
        self.key_wishes: list[tuple[str, str]] = []
        self.recomputed: set[bytes] = set()
        """Changes of the calendar for which every case held here was looked at."""
        self.looked_at: set[tuple[bytes, str]] = set()
        """Cases looked at for a change."""
        self.settled: set[str] = set()
        """Only for rules left out: requests sent or seen answered once."""
        self.outbox: dict[bytes, tuple[str, list[Record]]] = {}
        """Only for H3 left out: handovers stored as message rows."""

    def copy(self) -> "Database":
        other = Database(self.incarnation)
        other.trees = {stream: copy_of(tree) for stream, tree in self.trees.items()}
        for name in ("records", "pos", "fences", "commands", "offsets", "requests", "outbox"):
            setattr(other, name, dict(getattr(self, name)))
        for name in ("log", "forwards", "key_wishes"):
            setattr(other, name, list(getattr(self, name)))
        for name in ("vault", "reread", "settled", "said", "recomputed", "looked_at"):
            setattr(other, name, set(getattr(self, name)))
        other.staged = {stream: dict(rows) for stream, rows in self.staged.items()}
        other.read_cluster, other.relay_cluster = self.read_cluster, self.relay_cluster
        other.checkpoint, other.serial = self.checkpoint, self.serial
        return other

    def tree(self, stream: str) -> Tree:
        """The tree of a stream; an empty one, not kept, where there is none."""
        return self.trees.get(stream) or Tree(stream, fenced=self.fences.get(stream, 0))

    def chain(self, stream: str) -> list[Record]:
        tree = self.trees.get(stream)
        return [self.records[link.hash] for link in tree.live] if tree else []

    def follow(self, moves: Iterable[Move]) -> None:
        """Rows as the moves say: what becomes live, or is superseded without having been live, gets a new position."""
        for move in moves:
            if move.to is Place.LIVE or (move.to is Place.SUPERSEDED and move.came_from is not Place.LIVE):
                self.log.append(move.link.hash)
                self.pos[move.link.hash] = len(self.log)


def copy_of(tree: Tree) -> Tree:
    return Tree(
        tree.stream,
        tree.live,
        tree.at(Place.PARKED),
        tree.at(Place.SUPERSEDED),
        tree.at(Place.QUARANTINED),
        tree.fenced,
    )
