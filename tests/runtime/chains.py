"""Chains written by hand for tests: links with made-up but unique hashes."""

from collections.abc import Iterable
from dataclasses import replace
from hashlib import sha256

from services.runtime.branch import Link, Place, Rules, Tree, arrive

CITY, DISTRICT, TOWNSHIP, OTHER = "340400000", "340405000", "340405101", "340405102"
CASE = f"{TOWNSHIP}-20261122-0017"
RULES = Rules(root=CITY)


def received(stream: str = CASE, unit: str = TOWNSHIP, mark: str = "") -> Link:
    return _hashed(Link(stream, 1, 0, 0, unit, unit, b"", None, assumes=False), mark)


def then(parent: Link, to: str | None = None, mark: str = "") -> Link:
    """The holder writes; `to` makes it a pass."""
    holder = to or parent.holder
    term = parent.term + (holder != parent.holder)
    link = Link(parent.stream, parent.seq + 1, parent.epoch, term, parent.holder, holder, b"", parent.hash, False)
    return _hashed(link, mark)


def assumed(parent: Link, epoch: int | None = None, mark: str = "") -> Link:
    epoch = parent.epoch + 1 if epoch is None else epoch
    return _hashed(Link(parent.stream, parent.seq + 1, epoch, 0, CITY, CITY, b"", parent.hash, True), mark)


def altered(link: Link, mark: str = "altered", **fields: object) -> Link:
    return _hashed(replace(link, **fields), mark)  # type: ignore[arg-type]


def _hashed(link: Link, mark: str) -> Link:
    bare = replace(link, hash=b"")
    return replace(link, hash=sha256(f"{bare}{mark}".encode()).digest())


def tree_of(links: Iterable[Link], rules: Rules = RULES, stream: str = CASE) -> Tree:
    tree = Tree(stream)
    for link in links:
        arrive(tree, link, rules)
    return tree


def places(tree: Tree) -> dict[Place, set[bytes]]:
    return {place: {link.hash for link in tree.at(place)} for place in Place}
