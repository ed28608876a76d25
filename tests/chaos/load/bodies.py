"""The body of every act that is done beside the way or on it, from the case as a service shows it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from tests.chaos.load.kept import Json
from tests.chaos.load.people import DECIDES
from tests.chaos.load.plan import Wishes
from tests.journeys.clerk import receipt
from tests.journeys.places import CIVIL, PENSION

Case = Mapping[str, Any]

NOT_ACCEPTED = frozenset({"received", "supplement_requested"})
UNDECIDED = NOT_ACCEPTED | {"accepted"}
ENDED = frozenset({"concluded", "declined", "withdrawn", "terminated"})
WORKED_ON = UNDECIDED | {"decided"}
CHARGED = frozenset({"accepted", "decided", "concluded"})
MISSING = [{"kind": kind, "reason": "missing"} for kind in ("identity", "photo")]
NOTICES = {
    "receipt": UNDECIDED,
    "supplement": frozenset({"supplement_requested"}),
    "acceptance": frozenset({"accepted"}),
    "decision": frozenset({"decided", "concluded"}),
    "delivery": frozenset({"delivered"}),
}
"""When each is told of."""


@dataclass(frozen=True, slots=True)
class Beside:
    """An act beside the way. `fits` a case that the acting unit holds, or one that another unit holds, for an act that
    is `asked` by an earlier holder."""

    act: str
    fits: Callable[[Case, Wishes], bool]
    body: Callable[[Case, Wishes], Json]
    roles: tuple[str, ...] = DECIDES
    what: str = "clerk"
    asked: bool = False


def received(wishes: Wishes) -> Json:
    """The body of `POST /cases`."""
    return receipt(wishes.item)


def digest(*of: object) -> str:
    """As of a paper that only this case has."""
    return sha256(repr(of).encode()).hexdigest()


def papers(case: Case, wishes: Wishes, by: str) -> list[Json]:
    """All that are missing."""
    return [
        {"kind": one["kind"], "sha256": digest(wishes.n, one["kind"], by), "form": "original"}
        for one in case["missing"]
    ]


def _in(*phases: str) -> Callable[[Case, Wishes], bool]:
    return lambda case, _: case["phase"] in phases


def _nothing(_: Case, __: Wishes) -> Json:
    return {}


def _said(**body: object) -> Callable[[Case, Wishes], Json]:
    return lambda _, __: dict(body)


def _notice(which: str) -> Beside:
    def fits(case: Case, _: Wishes) -> bool:
        decided = which != "decision" or case["outcome"] in ("granted", "denied")
        return case["phase"] in NOTICES[which] and decided

    def body(case: Case, wishes: Wishes) -> Json:
        kind = f"decision_{case['outcome']}" if which == "decision" else which
        return {"notice": kind, "seal": f"S-{wishes.n % 7}", "digest": digest(wishes.n, which, case["received_at"])}

    return Beside("issue-notice", fits, body)


def _fees(case: Case) -> Mapping[str, int]:
    return case["fees"]


def _charged(case: Case, wishes: Wishes) -> bool:
    return wishes.item == PENSION and case["phase"] in CHARGED


def _elsewhere(case: Case, wishes: Wishes) -> bool:
    """Papers that come in at the first office are asked for by another."""
    return wishes.papers != "office" or case["custody"]["unit"] != wishes.receiver


def _hearing(case: Case) -> Mapping[str, Any]:
    return case["hearing"] or {}


def _first_certificate(case: Case) -> Mapping[str, Any] | None:
    return next((one for one in case["certificates"] if not one["revoked"]), None)


def _on_certificate(**body: object) -> Callable[[Case, Wishes], Json]:
    def said(case: Case, wishes: Wishes) -> Json:
        found = _first_certificate(case)
        return {**body, "certificate_number": found["number"] if found else ""}

    return said


def _day(case: Case, days: int) -> str:
    return (date.fromisoformat(case["last_time"][:10]) + timedelta(days=days)).isoformat()


BESIDE: Mapping[str, Beside] = {
    "claim": Beside("claim", lambda c, _: c["phase"] in WORKED_ON and c["custody"]["person"] is None, _nothing),
    "release": Beside("release", lambda c, _: c["phase"] in WORKED_ON and c["custody"]["person"] is not None, _nothing),
    "notice-receipt": _notice("receipt"),
    "correct": Beside(
        "correct", _in(*WORKED_ON), _said(field="applicant", value="张三", ground="misspelt"), ("approver",)
    ),
    "request-supplement": Beside(
        "request-supplement",
        lambda c, w: w.item == PENSION and c["phase"] == "received" and not c["materials"] and _elsewhere(c, w),
        _said(items=MISSING, note="请补齐。"),
    ),
    "submit-supplement": Beside(
        "submit-supplement",
        lambda c, w: w.papers == "office" and c["phase"] in NOT_ACCEPTED and bool(c["missing"]),
        lambda c, w: {"materials": papers(c, w, "office")},
        asked=True,
    ),
    "notice-supplement": _notice("supplement"),
    "start-step": Beside(
        "start-step",
        lambda c, _: c["phase"] in WORKED_ON and "review" not in c["open_steps"],
        _said(step="review", section="S-1"),
    ),
    "complete-step": Beside("complete-step", _in(*WORKED_ON), _said(step="review", outcome="passed", note="无异议。")),
    "sign": Beside("complete-step", _in("accepted", "decided"), _said(step="sign", outcome="signed")),
    "notice-acceptance": _notice("acceptance"),
    "hear-parties": Beside(
        "hear-parties", _in("accepted"), lambda _, w: {"parties": 1 + w.n % 5, "note": "已听取意见。"}
    ),
    "suspend": Beside(
        "suspend",
        lambda c, _: c["phase"] == "accepted" and c["clock"] == "running",
        lambda _, w: {"ground": "expert_review", "expected_days": 5, "notice": f"notice-{w.n}"},
    ),
    "extend": Beside(
        "extend", _in("accepted"), lambda _, w: {"days": 1 + w.n % 10, "reason": "complicated"}, ("head",), "head"
    ),
    "consult-here": Beside(
        "open-consultation", _in("accepted"), _said(consultation="C-1", department=CIVIL, question="可以吗？")
    ),
    "consult-elsewhere": Beside(
        "open-consultation",
        lambda c, w: c["phase"] == "accepted" and c["custody"]["unit"] != w.asked,
        lambda _, w: {"consultation": "C-2", "department": CIVIL, "question": "可以吗？", "unit": w.asked},
    ),
    "offer-hearing": Beside(
        "offer-hearing", lambda c, _: c["phase"] == "accepted" and not c["hearing"], _said(reason="heavy_interest")
    ),
    "request-hearing": Beside(
        "request-hearing",
        lambda c, _: c["phase"] == "accepted" and bool(_hearing(c).get("answer_by")) and not _hearing(c)["requested"],
        _said(party="applicant"),
    ),
    "announce-hearing": Beside(
        "announce-hearing", _in("accepted"), lambda c, w: {"hold_on": _day(c, 60), "place": f"room-{w.n % 9}"}
    ),
    "assess-fee": Beside("assess-fee", lambda c, w: _charged(c, w) and not _fees(c)["assessed"], _nothing),
    "waive-fee": Beside(
        "waive-fee", lambda c, w: _charged(c, w) and _fees(c)["due"] > 400, _said(amount=400, basis="低保户")
    ),
    "pay-fee": Beside(
        "pay-fee",
        lambda c, w: _charged(c, w) and _fees(c)["due"] > 0,
        lambda c, w: {"amount": _fees(c)["due"], "method": "card", "terminal": "T-1", "voucher": f"V-{w.n}"},
    ),
    "refund-fee": Beside(
        "refund-fee",
        lambda c, _: _fees(c)["paid"] > _fees(c)["refunded"],
        lambda c, w: {"amount": 100, "method": "card", "voucher": f"R-{w.n}", "reason": "paid_twice"},
    ),
    "request-withdrawal": Beside("request-withdrawal", _in(*UNDECIDED), _nothing, asked=True),
    "request-recall": Beside("request-recall", _in(*UNDECIDED), _said(reason="mistake"), asked=True),
    "notice-decision": _notice("decision"),
    "issue-certificate": Beside(
        "issue-certificate",
        lambda c, _: c["phase"] == "decided" and c["outcome"] == "granted",
        lambda c, w: {"certificate": "licence", "digest": digest(w.n, "licence"), "valid_from": _day(c, 1)},
    ),
    "correct-certificate": Beside(
        "correct-certificate",
        lambda c, _: _first_certificate(c) is not None,
        lambda c, w: _on_certificate(ground="misspelt", digest=digest(w.n, "corrected"))(c, w),
        ("approver",),
    ),
    "revoke-certificate": Beside(
        "revoke-certificate",
        lambda c, _: _first_certificate(c) is not None,
        _on_certificate(ground="obtained_by_fraud"),
        ("approver",),
    ),
    "reopen": Beside(
        "reopen",
        lambda c, _: c["phase"] in ("concluded", "delivered"),
        lambda _, w: {"ground": "own_correction", "document": f"D-{w.n}"},
        ("approver",),
    ),
    "notice-delivery": _notice("delivery"),
    "archive": Beside(
        "archive",
        _in("delivered"),
        lambda _, w: {"retention_years": 10, "shelf": f"A-{w.n}"},
    ),
}
"""By their names in `plan.BESIDE`."""
