"""Every acknowledged act is in the history of its stream exactly once, and nothing else is there."""

from collections.abc import Iterable
from dataclasses import dataclass

from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.records import Record, is_case
from tests.chaos.checker.scratch import Scratch
from tests.chaos.checker.violations import Violations

BY_ITSELF = frozenset({"service", "clock"})
"""The actors of what nobody decides: the service, and the law."""
BESIDE = ("request/", "supervision/")
"""Streams beside cases that acts on a case begin."""
EVENTS = {
    "request-supplement": "SupplementRequested", "receive-supplement": "SupplementReceived", "accept": "CaseAccepted",
    "decline": "AcceptanceDeclined", "claim": "CaseClaimed", "assign": "CaseAssigned",
    "release": "CaseReleased", "start-step": "StepStarted",
    "complete-step": "StepCompleted", "suspend": "CaseSuspended", "resume": "CaseResumed",
    "extend": "DeadlineExtended", "open-consultation": "ConsultationOpened",
    "answer-consultation": "ConsultationAnswered", "hear-parties": "PartiesHeard", "offer-hearing": "HearingOffered",
    "request-hearing": "HearingRequested", "waive-hearing": "HearingWaived", "announce-hearing": "HearingAnnounced",
    "hold-hearing": "HearingHeld", "refer": "CaseReferred", "acknowledge": "ReferralAcknowledged",
    "refuse": "ReferralRefused", "return": "CaseReturned", "request-recall": "RecallRequested",
    "request-withdrawal": "WithdrawalRequested", "submit-supplement": "SupplementSubmitted",
    "request-urging": "UrgingRequested", "submit-consultation-answer": "ConsultationAnswerSubmitted",
    "decline-request": "RequestDeclined", "decide": "CaseDecided", "conclude": "CaseConcluded",
    "deliver": "ResultDelivered", "withdraw": "CaseWithdrawn", "terminate": "CaseTerminated",
    "issue-notice": "NoticeIssued", "issue-certificate": "CertificateIssued",
    "correct-certificate": "CertificateCorrected", "revoke-certificate": "CertificateRevoked",
    "assess-fee": "FeeAssessed", "pay-fee": "FeePaid", "waive-fee": "FeeWaived", "refund-fee": "FeeRefunded",
    "correct": "CaseCorrected", "reopen": "CaseReopened", "archive": "CaseArchived", "settle": "CaseSettled",
    "assume-custody": "CustodyAssumed", "adopt": "ActAdopted", "revoke": "ActRevoked",
    "order-supervision": "SupervisionOrdered", "submit-supervision-answer": "SupervisionAnswerSubmitted",
}  # fmt: skip
"""By act, the event that the same person has written already where there was nothing to do (casework.md)."""

LOST = """
select a.command, a.act, a.who, a.stream, a.service, a.asked, a.answered from act a
where a.ok > 0 and not exists (select 1 from found f where f.command = a.command)
"""
ELSEWHERE = """
select a.command, a.act, a.stream, f.stream from act a join found f on f.command = a.command
where a.ok > 0 and a.stream <> f.stream group by 1, 2, 3, 4
"""
REFUSED = """
select a.command, a.act, f.stream, f.seq, f.live, a.superseded from act a join found f on f.command = a.command
where a.ok = 0 and a.unknown = 0 and not (a.superseded and not f.live)
"""
BEATEN = """
select a.command, a.act, f.stream, f.seq from act a join found f on f.command = a.command
where a.superseded and f.live
"""
TWICE = """
select command, stream, name, count(*), count(distinct seq), min(seq), max(seq)
from found group by command, stream, name having count(*) > 1
"""
APART = """
select command, count(distinct stream), group_concat(distinct stream), count(*), max(seq) - min(seq) + 1
from found group by command having count(distinct stream) > 1 or count(*) <> max(seq) - min(seq) + 1
"""
UNHEARD = """
select f.stream, f.seq, f.name, f.unit, f.actor from found f
where not exists (select 1 from act a where a.command = f.command)
"""
NUMBERED = "select stream, count(*) from act where act = 'receive' and ok > 0 group by stream having count(*) > 1"
DONE_BEFORE = """
select 1 from found f join act a on a.command = f.command
where f.stream = ? and f.name = ? and f.unit = ? and f.actor = ? and a.asked < ? limit 1
"""

COUNTED = """
select coalesce(sum(ok > 0), 0), coalesce(sum(ok = 0 and unknown = 0), 0), coalesce(sum(ok = 0 and unknown > 0), 0)
from act
"""


@dataclass(frozen=True, slots=True)
class Told:
    """How many acts, by the best answer that each had. `nothing_to_do`: the same person had done it before;
    `lost_by_restore`: acknowledged, neither published nor in the backup (protocol B5)."""

    acknowledged: int
    failed: int
    unknown: int
    nothing_to_do: int
    lost_by_restore: int


def note(scratch: Scratch, known: Iterable[Record], live: set[bytes]) -> None:
    """Remember the events of one stream that somebody did."""
    scratch.put(
        "found",
        [(r.command, r.stream, r.seq, r.name, r.unit, r.actor, r.hash in live) for r in known if _by_somebody(r)],
    )


def _by_somebody(record: Record) -> bool:
    return record.actor not in BY_ITSELF


def compare(scratch: Scratch, evidence: Evidence, violations: Violations) -> Told:
    """The history against all that was found."""
    scratch.db.executescript(
        "create index found_command on found (command); create index found_stream on found (stream, name);"
    )
    nothing, lost = 0, 0
    for command, act, who, stream, service, asked, answered in scratch.each(LOST):
        if _done_before(scratch, act, who, stream, answered):
            nothing += 1
        elif any(r.service == service and r.since <= answered and asked <= r.upto for r in evidence.restored):
            lost += 1
        else:
            violations.add(
                "lost", f"{_named(act, who, command)} was acknowledged and is nowhere", service, stream or ""
            )
    if evidence.lost is not None and lost > len(evidence.lost):
        said = f"{lost} acknowledged acts are nowhere, and the restores lost {len(evidence.lost)} records"
        violations.add("lost", said)
    for command, act, said, stream in scratch.each(ELSEWHERE):
        violations.add("elsewhere", f"{_named(act, '', command)} was said to be in {said}", stream=stream)
    for command, act, stream, seq, live, _ in scratch.each(REFUSED):
        where = "live" if live else "superseded"
        violations.add("refused", f"{_named(act, '', command)} was refused and is #{seq}, {where}", stream=stream)
    for command, act, stream, seq in scratch.each(BEATEN):
        violations.add("superseded", f"{_named(act, '', command)} was said to be, and is #{seq}, live", stream=stream)
    for command, stream, name, n, *_ in scratch.each(TWICE):
        violations.add("twice", f"{command.hex()[:12]} is {name} {n} times", stream=stream)
    for command, streams, names, *_ in scratch.each(APART):
        said = f"in {names}" if streams > 1 else f"in pieces of {names}"
        violations.add("twice", f"one act {command.hex()[:12]} is {said}")
    for stream, seq, name, unit, actor in scratch.each(UNHEARD):
        if is_case(stream) or stream.startswith(BESIDE):
            violations.add("unheard", f"#{seq} {name} of {unit} by {actor} was never asked for", stream=stream)
    for stream, n in scratch.each(NUMBERED):
        violations.add("number_twice", f"{n} receipts were acknowledged under this number", stream=stream)
    for command, act in scratch.each("select command, act from act where contradicts"):
        violations.add("elsewhere", f"{_named(act, '', command)} had two answers that name two streams")
    counted = scratch.one(COUNTED)
    assert counted is not None
    return Told(*counted, nothing_to_do=nothing, lost_by_restore=lost)


def _named(act: str, who: str, command: bytes) -> str:
    return f"{act} {f'by {who} ' if who else ''}({command.hex()[:12]})"


def _done_before(scratch: Scratch, act: str, who: str, stream: str | None, answered: float) -> bool:
    """An act repeated by the same person under another key writes nothing."""
    unit, _, person = who.partition("/")[2].rpartition("/")
    wanted = (stream, EVENTS.get(act), unit, person, answered)
    return stream is not None and scratch.one(DONE_BEFORE, *wanted) is not None
