"""The same chain on several services: equal, or one behind the other; never two histories."""

from collections.abc import Iterator, Mapping
from itertools import pairwise

from services.cli.verify.chain import Chain, Finding

Copies = Mapping[str, Chain]
"""Service or file -> its copy of one chain."""


def differences(stream: str, copies: Copies) -> Iterator[Finding]:
    """`forked` where two copies hold different records at one number."""
    ordered = sorted(copies.items(), key=lambda copy: len(copy[1].records))
    for (shorter, a), (longer, b) in pairwise(ordered):
        for one, other in zip(a.records, b.records, strict=False):
            if one.hash != other.hash:
                yield Finding("forked", stream, one.seq, f"{one.hash} here, {other.hash} at {longer}", shorter)
                break


def behind(copies: Copies) -> dict[str, int]:
    """How many records each copy lacks to the longest; services that lack none are left out."""
    longest = max(len(chain.records) for chain in copies.values())
    return {name: longest - len(chain.records) for name, chain in copies.items() if len(chain.records) < longest}
