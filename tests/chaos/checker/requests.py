"""Requests and what became of them (protocol R1 to R3).

Each is answered once, a recall for exactly the pass that it was asked under and before anybody acknowledged that, and
nothing is answered that nobody asked.
"""

from collections.abc import Sequence

from tests.chaos.checker.records import ASSUMED, NAMES_ITS_HOLDER, Record, is_case
from tests.chaos.checker.scratch import Scratch
from tests.chaos.checker.violations import Violations

TWICE = """
select stream, request, count(*), group_concat('#' || seq) from answered group by stream, request having count(*) > 1
"""
UNASKED = """
select stream, seq, name, request from answered a
where not exists (select 1 from asked q where q.request = a.request)
"""
STALE = """
select a.stream, a.seq, a.epoch, a.term, a.offered, q.epoch, q.term, q.stream from answered a
join asked q on q.request = a.request
where a.name = 'ReferralRecalled' and (not a.offered or (a.epoch, a.term, a.stream) <> (q.epoch, q.term, q.stream))
"""
# A person answers for papers and withdrawals, and for the recall of what was acknowledged before it came; an offered
# case takes no other request than a recall.
UNANSWERED = """
select q.stream, q.name, q.request, q.unit from asked q
join standing s on s.stream = q.stream
where (
        (q.name = 'RecallRequested' and (s.offered or (s.epoch, s.term) <> (q.epoch, q.term)))
        or (q.name = 'UrgingRequested' and not s.offered)
    )
    and not exists (select 1 from answered a where a.request = q.request and a.stream = q.stream)
"""


def note(scratch: Scratch, stream: str, live: Sequence[Record]) -> None:
    """Remember what one stream asks or answers."""
    if is_case(stream):
        _answers(scratch, stream, live)
    elif stream.startswith("request/") and live:
        first, id_ = live[0], stream.partition("/")[2]
        custody = (first.data.get("epoch"), first.data.get("term"))
        scratch.put("asked", [(id_, first.data.get("case"), first.name, *custody, first.unit)])


def _answers(scratch: Scratch, stream: str, live: Sequence[Record]) -> None:
    rows: list[tuple[object, ...]] = []
    offered = False
    before: Record | None = None
    for record in live:
        request = record.data.get("request")
        if isinstance(request, str):
            epoch, term = (before.epoch, before.term) if before else (0, 0)
            rows.append((request, stream, record.seq, record.name, epoch, term, offered))
        if record.name in NAMES_ITS_HOLDER or record.name in (ASSUMED, "ReferralAcknowledged"):
            offered = record.name == "CaseReferred" and record.data.get("referral") != "assign_down"
        before = record
    scratch.put("answered", rows)
    if before is not None:
        scratch.put("standing", [(stream, before.epoch, before.term, offered)])


def compare(scratch: Scratch, violations: Violations) -> None:
    """What was answered against what was asked."""
    scratch.db.executescript(
        "create index asked_request on asked (request); create index answered_request on answered (request);"
        "create index standing_stream on standing (stream);"
    )
    for stream, request, n, places in scratch.each(TWICE):
        violations.add("request", f"{request} is answered {n} times: {places}", stream=stream)
    for stream, seq, name, request in scratch.each(UNASKED):
        violations.add("request", f"#{seq} {name} answers {request}, which nobody asked", stream=stream)
    for stream, seq, epoch, term, offered, *of in scratch.each(STALE):
        state = "offered" if offered else "acknowledged"
        said = f"#{seq} takes back ({epoch}, {term}), {state}; asked was {of[2]} under ({of[0]}, {of[1]})"
        violations.add("recall", said, stream=stream)
    for stream, name, request, unit in scratch.each(UNANSWERED):
        violations.add("request", f"{name} {request} of {unit} has no answer", stream=stream)
