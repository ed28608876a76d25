"""The views beside that of cases: which requests wait and for whom, and which orders of supervision were given.

Both are folded again from their streams, and requests are held against the chains of the cases that they are about.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tests.chaos.checker.records import Record
from tests.chaos.checker.scratch import Scratch
from tests.chaos.checker.sources import Together
from tests.chaos.checker.violations import Violations

ORDERS, REQUESTS = "supervision", "waiting"
"""The views, by the names of their followers and tables."""
FOLLOWERS = "select follower from checkpoint"
KINDS = {
    "RecallRequested": "recall",
    "SupplementSubmitted": "supplement",
    "WithdrawalRequested": "withdraw",
    "HearingAsked": "hearing",
    "HearingWithdrawalAsked": "hearing_withdrawal",
    "UrgingRequested": "urge",
    "ConsultationAnswerSubmitted": "consultation_answer",
}
"""Requests that are answered on the chain of the case; the account that an order asks for is answered beside it."""
DIFFER = """
select w.service, w.request, w.holder, w.waits, l.holder,
    exists (select 1 from answered a where a.request = w.request and a.stream = w.about) as answered
from waits w
left join lies l on l.service = w.service and l.stream = w.about
where w.holder is not l.holder
    or w.waits = (l.holder is not null
        and exists (select 1 from answered a where a.request = w.request and a.stream = w.about))
"""
Chains = Mapping[str, Sequence[Record]]
Keepers = Mapping[str, Collection[str]]
"""By service, the views that it keeps."""


def look(together: Together, chains: Chains, keepers: Keepers, scratch: Scratch, found: Violations) -> None:
    """The rows that each service has of one stream; of a case, where it lies."""
    for service, kept in keepers.items():
        chain = chains.get(service, ())
        match together.stream.partition("/"):
            case (_, "", _) if chain:
                scratch.put("lies", [(service, together.stream, chain[-1].holder)])
            case ("supervision", _, _) if ORDERS in kept:
                wanted = _order(chain)
                _same(wanted, together.row(ORDERS, service), service, together.stream, found)
            case ("request", _, id_) if REQUESTS in kept:
                row: Any = together.row(REQUESTS, service)
                _same(_request(chain), row, service, together.stream, found)
                if row is not None:
                    scratch.put("waits", [(service, id_, row["about"], row["holder"], row["waits"])])
            case _:
                pass


def _order(chain: Sequence[Record]) -> dict[str, Any] | None:
    if not chain:
        return None
    first = chain[0]
    answer = next((record for record in chain if record.name == "SupervisionAnswered"), None)
    return {
        "seq": len(chain), "number": first.data["case"], "orderer": first.unit, "ordered": first.data["to"],
        "reason": first.data["reason"], "days": first.data["days"], "given_at": first.time,
        "answered_at": answer and answer.time, "request": answer and answer.data["request"],
    }  # fmt: skip


def _request(chain: Sequence[Record]) -> dict[str, Any] | None:
    if not chain or chain[0].name not in KINDS:
        return None
    first = chain[0]
    return {"about": first.data["case"], "kind": KINDS[first.name], "asker": first.unit, "at": first.time}


def _same(wanted: dict[str, Any] | None, row: Any, service: str, stream: str, found: Violations) -> None:
    if wanted is None or row is None:
        if (wanted is None) != (row is None):
            said = "a row that no event of its log asks for" if wanted is None else "no row of it"
            found.add("view", said, service, stream)
        return
    for name, value in wanted.items():
        if row[name] != value:
            found.add("view", f"{name} is {row[name]!r}, a fresh fold gives {value!r}", service, stream)


def compare(scratch: Scratch, found: Violations) -> None:
    """Requests against the cases that they are about, when all of these are known."""
    scratch.db.execute("create index lies_stream on lies (service, stream)")
    for service, request, holder, waits, lies, answered in scratch.each(DIFFER):
        said = f"it {'waits' if waits else 'does not wait'} at {holder}"
        fresh = f"the case lies at {lies} and {'has' if answered else 'lacks'} its answer"
        found.add("view", f"{said}, and {fresh}", service, f"request/{request}")
