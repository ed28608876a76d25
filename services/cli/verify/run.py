"""Every chain of every source: each by itself, each against its copies, all against the anchors."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from services.cli.verify.anchors import check_anchors
from services.cli.verify.chain import Chain, Finding, check
from services.cli.verify.compare import behind, differences
from services.cli.verify.sources import Given, Source


@dataclass(slots=True)
class Report:
    """`chains` counts streams, `copies` them on each service; `lagging` copies are a true beginning of a longer one.

    `bad` are the findings that mean damage, `open` those that assumed custody may explain.
    """

    chains: int = 0
    copies: int = 0
    records: int = 0
    anchors: int = 0
    lagging: dict[str, int] = field(default_factory=dict[str, int])
    bad: list[Finding] = field(default_factory=list[Finding])
    open: list[Finding] = field(default_factory=list[Finding])

    @property
    def chains_bad(self) -> int:
        return len({finding.stream for finding in self.bad})

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "chains_bad": self.chains_bad}


async def verify(sources: Sequence[Source], progress: Callable[[int], None] = lambda copies: None) -> Report:
    """Check everything that the sources have. Raises SourceFailed when one cannot be read to its end."""
    report = Report()
    found: dict[str, dict[str, Chain]] = defaultdict(dict)
    for source in sources:
        async for given in source.chains():
            chain = check(given.stream, given.lines)
            found[given.stream][source.name] = chain
            findings = (*chain.findings, *_at_its_end(given, chain))
            report.bad += (replace(finding, where=source.name) for finding in findings)
            report.records += len(given.lines)
            report.copies += 1
            progress(report.copies)
    report.chains = len(found)
    for stream, copies in found.items():
        report.bad += differences(stream, copies)
        for name in behind(copies):
            report.lagging[name] = report.lagging.get(name, 0) + 1
    longest = (max(copies.values(), key=lambda chain: len(chain.records)) for copies in found.values())
    report.anchors, findings = check_anchors(longest)
    report.bad += (finding for finding in findings if finding.code != "anchor_open")
    report.open += (finding for finding in findings if finding.code == "anchor_open")
    return report


def _at_its_end(given: Given, chain: Chain) -> list[Finding]:
    """The chain ends where its service says, or later: it may have grown meanwhile."""
    if given.head is None or not chain.records:
        return []
    there = next((record for record in chain.records if record.seq == given.head.seq), None)
    if there is not None and there.hash == given.head.hash:
        return []
    detail = f"record {given.head.seq} with hash {given.head.hash} was promised"
    return [Finding("head_differs", given.stream, given.head.seq, detail)]
