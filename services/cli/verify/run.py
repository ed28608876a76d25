"""Every chain of every source: each by itself, each against its copies, all against the anchors.

One chain after the other, in the order of their names' bytes, from all sources side by side: what is kept does not grow
with the history.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from services.cli.verify.anchors import Anchors
from services.cli.verify.chain import Chain, Finding, check
from services.cli.verify.compare import behind, differences
from services.cli.verify.sources import Given, Source

MOST_KEPT = 10_000
"""Findings of each kind that are kept; all are counted."""


@dataclass(slots=True)
class Report:
    """`chains` counts streams, `copies` them on each service; `lagging` copies are a true beginning of a longer one.

    `bad` are the findings that mean damage, `open` those that assumed custody may explain: the first of each, and
    `left_out` more. `chains_bad` counts the streams in which something is bad.
    """

    chains: int = 0
    copies: int = 0
    records: int = 0
    anchors: int = 0
    lagging: dict[str, int] = field(default_factory=dict[str, int])
    chains_bad: int = 0
    bad: list[Finding] = field(default_factory=list[Finding])
    open: list[Finding] = field(default_factory=list[Finding])
    left_out: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def keep(self, kept: list[Finding], found: Iterable[Finding]) -> set[str]:
        """Add to `bad` or `open`; the streams that these are about."""
        streams = set[str]()
        for finding in found:
            streams.add(finding.stream)
            if len(kept) < MOST_KEPT:
                kept.append(finding)
            else:
                self.left_out += 1
        return streams


async def verify(sources: Sequence[Source], progress: Callable[[Report], None] = lambda _: None) -> Report:
    """Check everything that the sources have. Raises SourceFailed when one cannot be read to its end."""
    report = Report()
    anchors = Anchors([line for source in sources async for line in source.anchors()])
    bad = set[str]()
    async for stream, copies in _side_by_side(sources):
        chains = _checked(stream, copies)
        found = [replace(one, where=name) for name in copies for one in _of_copy(copies[name], chains[name])]
        if report.keep(report.bad, [*found, *differences(stream, chains)]):
            report.chains_bad += 1
            if stream.startswith("anchor/"):
                bad.add(stream)
        for name in behind(chains):
            report.lagging[name] = report.lagging.get(name, 0) + 1
        anchors.add(max(chains.values(), key=lambda chain: len(chain.records)))
        report.chains += 1
        report.copies += len(copies)
        report.records += sum(len(given.lines) for given in copies.values())
        progress(report)
    report.anchors, findings = anchors.findings()
    differ = report.keep(report.bad, (one for one in findings if one.code != "anchor_open"))
    report.chains_bad += len(differ - bad)
    report.keep(report.open, (one for one in findings if one.code == "anchor_open"))
    return report


async def _side_by_side(sources: Sequence[Source]) -> AsyncIterator[tuple[str, Mapping[str, Given]]]:
    """Each stream with its copy from every source that has it. What a source gives out of order stands alone."""
    coming = {source.name: source.chains() for source in sources}
    current: dict[str, Given] = {}
    for name in coming:
        if (given := await anext(coming[name], None)) is not None:
            current[name] = given
    while current:
        stream = min(given.stream for given in current.values())
        copies = {name: given for name, given in current.items() if given.stream == stream}
        yield stream, copies
        for name in copies:
            while (given := await anext(coming[name], None)) is not None and given.stream <= stream:
                yield given.stream, {name: given}
            if given is None:
                del current[name]
            else:
                current[name] = given


def _checked(stream: str, copies: Mapping[str, Given]) -> dict[str, Chain]:
    """By source. Copies of the same bytes are checked once."""
    done: list[tuple[Given, Chain]] = []
    found: dict[str, Chain] = {}
    for name, given in copies.items():
        chain = next((chain for other, chain in done if other.lines == given.lines), None)
        if chain is None:
            chain = check(stream, given.lines)
            done.append((given, chain))
        found[name] = chain
    return found


def _of_copy(given: Given, chain: Chain) -> list[Finding]:
    """What is wrong with one copy. It ends where its service says, or later: it may have grown meanwhile."""
    if given.head is None or not chain.records:
        return list(chain.findings)
    there = next((record for record in chain.records if record.seq == given.head.seq), None)
    if there is not None and there.hash == given.head.hash:
        return list(chain.findings)
    detail = f"record {given.head.seq} with hash {given.head.hash} was promised"
    return [*chain.findings, Finding("head_differs", given.stream, given.head.seq, detail)]
