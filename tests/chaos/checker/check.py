"""The whole check: the history first, then Kafka, then all databases stream by stream, then what is left over."""

from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tests.chaos.checker import acts, asked, history, requests, rest
from tests.chaos.checker.acts import Told
from tests.chaos.checker.cases import View, fold
from tests.chaos.checker.copies import Copies
from tests.chaos.checker.due import moved
from tests.chaos.checker.evidence import PORTAL, Evidence
from tests.chaos.checker.personal import Search
from tests.chaos.checker.records import Record, is_case
from tests.chaos.checker.scratch import Scratch
from tests.chaos.checker.sources import Snapshots, Together, snapshots
from tests.chaos.checker.topics import Read, read_all
from tests.chaos.checker.violations import Violation, Violations


@dataclass(slots=True)
class Report:
    """`records` are rows that were read of all logs, `sent` those of all topics; `superseded` events lost against an
    assumed custody, `passes` are changes of holder."""

    calls: int = 0
    acts: Told | None = None
    streams: int = 0
    cases: int = 0
    open: int = 0
    closed: int = 0
    records: int = 0
    sent: int = 0
    superseded: int = 0
    assumed: int = 0
    passes: int = 0
    dates_shown: int = 0
    violations: list[Violation] = field(default_factory=list[Violation])
    violated: Counter[str] = field(default_factory=Counter[str])

    def as_json(self) -> dict[str, Any]:
        return asdict(replace(self, violated=Counter())) | {"violated": dict(self.violated)}


async def check(evidence: Evidence) -> list[Violation]:
    """Everything that does not hold; empty when all does. The system is to be at rest."""
    return (await report(evidence)).violations


async def report(evidence: Evidence) -> Report:
    """The same, with what was looked at."""
    found, said = Violations(), Report()
    with Scratch() as scratch:
        heard = history.read(evidence.history, scratch)
        said.calls = heard.calls
        async with snapshots(evidence) as databases:
            kafka = await read_all(evidence, Search(heard.personal), scratch, found)
            said.sent = kafka.records
            await _streams(databases, evidence, scratch, found, said)
            await _left(databases, kafka, evidence, found)
        requests.compare(scratch, found)
        asked.compare(scratch, found)
        said.acts = acts.compare(scratch, evidence, found)
    said.violations, said.violated = found.all(), found.counted
    return said


async def _streams(databases: Snapshots, evidence: Evidence, scratch: Scratch, found: Violations, said: Report) -> None:
    hosts = evidence.hosts()
    views = {service: View() for service in evidence.databases}
    keepers = {
        service: {row["follower"] for row in await connection.fetch(asked.FOLLOWERS)}
        for service, connection in databases.connections.items()
    }
    async for together in databases.streams(scratch):
        copies = Copies(together, evidence, hosts, found)
        live = {record.hash for record in copies.live}
        acts.note(scratch, copies.known, live)
        requests.note(scratch, together.stream, copies.live)
        asked.look(together, copies.chains, keepers, scratch, found)
        said.streams += 1
        said.records += sum(len(links) for of_kind in together.links.values() for links in of_kind.values())
        if not is_case(together.stream):
            continue
        _case(together, copies, views, found)
        if together.shown:
            said.dates_shown += len(together.shown)
            for detail in moved(together.shown, copies.live, hosts, scratch):
                found.add("due_moved", detail, stream=together.stream)
        said.superseded += len(copies.known) - len(live & {record.hash for record in copies.known})
        said.assumed += sum(record.name == "CustodyAssumed" for record in copies.live)
        said.passes += sum(a.holder != b.holder for a, b in zip(copies.live, copies.live[1:], strict=False))
    for service, view in views.items():
        for invariant, detail in view.counts_differ(await databases.connections[service].fetch(rest.TALLY)):
            found.add(invariant, detail, service)
    if PORTAL in views:
        said.cases, said.open, said.closed = views[PORTAL].cases, views[PORTAL].open, views[PORTAL].closed


def _case(together: Together, copies: Copies, views: dict[str, View], found: Violations) -> None:
    """Its row on every service; equal copies are folded once."""
    folded: dict[tuple[bytes, int], Any] = {}
    for service, view in views.items():
        chain = copies.chains.get(service, ())
        case = None
        if chain:
            end = (chain[-1].hash, len(chain))
            if end not in folded:
                folded[end] = _folded(chain, found, service)
            case = folded[end]
            if case is None:
                continue
        for invariant, detail in view.look(case, together.row("case", service), together.row("deadline", service)):
            found.add(invariant, detail, service, together.stream)


def _folded(chain: list[Record], found: Violations, service: str) -> Any:
    try:
        return fold(chain)
    except (KeyError, TypeError, ValueError) as error:
        found.add("unreadable", f"its events cannot be folded: {error!r}", service, chain[0].stream)
        return None


async def _left(databases: Snapshots, kafka: Read, evidence: Evidence, found: Violations) -> None:
    for service, connection in databases.connections.items():
        await rest.drained(service, connection, kafka, evidence, found)
