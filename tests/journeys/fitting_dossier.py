"""As `fitting`, for what lies in the dossier beside the application: asked, heard, issued, paid, closed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.casework.moment import local_day
from tests.journeys import fitting
from tests.journeys.clerk import Body, Clerk
from tests.journeys.fitting import HOME, Fitting, Prepare, done, home, received, upward
from tests.journeys.fitting_webhooks import WEBHOOKS
from tests.journeys.places import CIVIL, DATONG, PENSION, REGISTRATION, SHANGYAO
from tests.journeys.system import System
from tests.journeys.waiting import until

REGISTERS = {SHANGYAO: DATONG}
"""Who keeps a unit's register, when it is not the unit itself."""
RECORD = "ef" * 32
ASKED = {"consultation": "C-1", "department": CIVIL, "question": "可以吗？"}
ANSWER = {"consultation": "C-1", "answer": "可以。"}
CERTIFICATE = {"certificate": "licence", "digest": RECORD, "valid_from": "2026-11-23"}
PAID = {"amount": 1000, "method": "card", "terminal": "T-1", "voucher": "V-1"}

BEFORE: Mapping[str, Body] = {
    **fitting.BEFORE,
    "open-consultation": ASKED,
    "issue-certificate": CERTIFICATE,
    "assess-fee": {},
    "pay-fee": PAID,
    "withdraw": {},
}


async def body_at(system: System, unit: str, *, known_at: str | None = None) -> None:
    """The items' department has windows at this unit, as the service of `known_at` knows; else the unit's own."""
    register = REGISTERS.get(unit, unit)
    administrator = system.clerk(register, "unit_administrator")
    admitted = {"unit": unit, "code": CIVIL, "name": "民政局"}
    assert (await administrator.surely("/departments", admitted, uuid4().hex)).done
    clerk = system.clerk(known_at or unit)

    async def there() -> list[Body]:
        listed = (await clerk.get("/departments")).body["departments"]
        return [one for one in listed if (one["unit"], one["code"]) == (unit, CIVIL)]

    await until(there, bool, 120)


def act(
    name: str, before: tuple[str, ...] = (), *, free: str = "", item: str = REGISTRATION, **body: object
) -> Prepare:
    """On a case received here, after the acts `before`."""

    async def prepare(system: System, tier: str) -> Fitting:
        clerk = home(system, tier)
        if "consultation" in name or "open-consultation" in before:
            await body_at(system, HOME[tier])
        number = await received(clerk, item)
        for one in before:
            await done(clerk, number, one, **BEFORE[one])
        return Fitting(clerk, f"/cases/{number}/{name}", body, frozenset(free.split()))

    return prepare


async def submit_consultation_answer(system: System, tier: str) -> Fitting:
    """A department of a house that has passed the case on is still to answer."""
    asked = await act("submit-consultation-answer", ("open-consultation",), free="answer", **ANSWER)(system, tier)
    number, (to, kind) = asked.path.split("/")[2], upward(tier)
    await done(asked.clerk, number, "refer", to=to, kind=kind, reason="route")
    holder = system.clerk(to)
    await holder.arrived(number, 120)
    if kind != "assign_down":
        await done(holder, number, "acknowledge")
    await asked.clerk.sees(number, 120, state="held", unit=to, arrived=True)
    return asked


def in_a_month() -> Body:
    """The body of an announcement."""
    return {"hold_on": local_day(datetime.now(UTC) + timedelta(days=30)).isoformat(), "place": "room-1"}


async def announce_hearing(system: System, tier: str) -> Fitting:
    return await act("announce-hearing", ("accept",), free="place", **in_a_month())(system, tier)


async def call_off_hearing(system: System, tier: str) -> Fitting:
    ready = await act("call-off-hearing", ("accept",), free="reason", reason="settled")(system, tier)
    await done(ready.clerk, ready.path.split("/")[2], "announce-hearing", **in_a_month())
    return ready


async def hold_hearing(system: System, tier: str) -> Fitting:
    """On a case of history, since seven working days lie between its announcement and the hearing."""
    clerk = home(system, tier, "clerk", "integrator")
    number = await received(clerk, REGISTRATION, imported=True, at="2026-01-05T02:00:00Z")
    await done(clerk, number, "accept", at="2026-01-05T03:00:00Z")
    await done(clerk, number, "announce-hearing", hold_on="2026-01-20", place="room-1", at="2026-01-06T02:00:00Z")
    # Before an act that says its time the law acts as it would have acted until then; here it has.
    await done(clerk, number, "clock", at="2026-01-20T07:00:00Z")
    body = {"held_on": "2026-01-20", "record": RECORD, "at": "2026-01-20T07:00:00Z"}
    return Fitting(clerk, f"/cases/{number}/hold-hearing", body, frozenset({"record"}))


def on_certificate(name: str, *, free: str, **body: object) -> Prepare:
    """On a case on which a certificate was issued."""

    async def prepare(system: System, tier: str) -> Fitting:
        ready = await act(name, ("accept", "decide", "issue-certificate"), free=free)(system, tier)
        (issued,) = (await ready.clerk.case(ready.path.split("/")[2])).case["certificates"]
        return Fitting(ready.clerk, ready.path, {**body, "certificate_number": issued["number"]}, ready.free)

    return prepare


async def correct(system: System, tier: str) -> Fitting:
    ready = await act("correct", free="value ground")(system, tier)
    receipt = (await history(ready.clerk, ready.path.split("/")[2]))[0]
    body = {"of": receipt["hash"], "field": "applicant", "value": "张三", "ground": "misspelt"}
    return Fitting(ready.clerk, ready.path, body, ready.free)


async def history(clerk: Clerk, number: str) -> list[dict[str, Any]]:
    return (await clerk.get(f"/cases/{number}/history")).body["events"]


DOSSIER: Mapping[str, Prepare] = {
    "open_consultation": act("open-consultation", ("accept",), free="consultation question days", **ASKED),
    "answer_consultation": act("answer-consultation", ("accept", "open-consultation"), free="answer", **ANSWER),
    "submit_consultation_answer": submit_consultation_answer,
    "hear_parties": act("hear-parties", ("accept",), free="parties note", parties=2),
    "offer_hearing": act("offer-hearing", ("accept",), free="reason told", reason="heavy_interest"),
    "request_hearing": act("request-hearing", ("accept", "offer-hearing"), free="party", party="applicant"),
    "waive_hearing": act("waive-hearing", ("accept", "offer-hearing"), free="party", party="applicant", digest=RECORD),
    "withdraw_hearing_request": act(
        "withdraw-hearing-request",
        ("accept", "offer-hearing", "request-hearing"),
        free="digest",
        party="applicant",
        digest=RECORD,
    ),
    "announce_hearing": announce_hearing,
    "call_off_hearing": call_off_hearing,
    "hold_hearing": hold_hearing,
    "issue_notice": act("issue-notice", free="seal digest", notice="receipt", seal="S-1", digest=RECORD),
    "issue_certificate": act("issue-certificate", ("accept", "decide"), free="certificate digest", **CERTIFICATE),
    "correct_certificate": on_certificate("correct-certificate", free="ground", ground="misspelt", digest="aa" * 32),
    "revoke_certificate": on_certificate("revoke-certificate", free="ground", ground="obtained_by_fraud"),
    "assess_fee": act("assess-fee", ("accept",), item=PENSION),
    "pay_fee": act("pay-fee", ("accept", "assess-fee"), item=PENSION, free="method terminal voucher", **PAID),
    "waive_fee": act("waive-fee", ("accept", "assess-fee"), item=PENSION, free="basis", amount=400, basis="低保户"),
    "refund_fee": act(
        "refund-fee",
        ("accept", "assess-fee", "pay-fee"),
        item=PENSION,
        free="method voucher reason",
        amount=1000,
        method="card",
        voucher="R-1",
        reason="paid_twice",
    ),
    "correct": correct,
    "reopen": act("reopen", ("accept", "decide", "conclude"), free="ground document", ground="court", document="D-1"),
    "archive": act("archive", ("withdraw",), free="retention_years shelf", retention_years=10, shelf="A-1"),
}
FITTING: Mapping[str, Prepare] = {**fitting.FITTING, **DOSSIER, **WEBHOOKS}
"""Every operation that writes."""
