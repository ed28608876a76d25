"""What happened in the world that is made by hand, and what its people were told."""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.chaos.handmade.chains import CITY, PORTAL, SEALED, TOWNSHIP, UNITS, Chain, Made, received

CASES = [f"{TOWNSHIP}-20261125-{serial:04}" for serial in range(1, 5)]
REQUEST = f"request/{sha256(b'haste').hexdigest()[:32]}"
ORDER = f"supervision/{sha256(b'order').hexdigest()[:32]}"
NAME, NUMBER, PHONE = "李四", "340405199001011234", "13800001111"


@dataclass(slots=True)
class World:
    """What lies where. `logs`: by service, its live rows, `beaten` those that lost; `sent`: by topic without prefix."""

    logs: dict[str, list[Made]]
    beaten: dict[str, list[Made]]
    sent: dict[str, list[Made]]
    history: list[dict[str, Any]]
    chains: dict[str, Chain]


def world() -> World:
    one = received(CASES[0], "one")
    one.add("CaseReferred", TOWNSHIP, CITY, key="one-refer", to=CITY, referral="forward_up", reason="law")
    one.add("HandoverArrived", CITY, key="arrive", actor="service", handover=one.made[-1].hash.hex())
    one.add("ReferralAcknowledged", CITY, key="one-take", actor="C01", person="C01")
    one.add("CaseDecided", CITY, key="one-decide", actor="C01", outcome="granted")
    one.add("CaseConcluded", CITY, key="one-conclude", actor="C01", outcome="issued", on_the_spot=False)
    two = received(CASES[1], "two")
    two.add("CaseSuspended", TOWNSHIP, key="two-suspend", ground="hearing", expected_days=3, notice="n1")
    two.add("CaseResumed", TOWNSHIP, key="two-resume", ground="hearing")
    three = received(CASES[2], "three")
    lost = three.add("StepStarted", TOWNSHIP, key="three-step", step="review")
    three.add("CustodyAssumed", CITY, CITY, key="three-assume", actor="L01", at=2, order="HN-1", reason="late")
    four = Chain(CASES[3])
    four.add("CaseReceived", TOWNSHIP, key="four", item="registration", item_version=1, channel="window",
             applicant=SEALED)  # fmt: skip
    asks = Chain(REQUEST)
    asks.add(
        "UrgingRequested", PORTAL, key=f"{CASES[3]}/k1", actor="citizen", case=CASES[3], under=(0, 0), by="citizen",
        level="reminder",
    )  # fmt: skip
    four.add("CaseUrged", TOWNSHIP, key="answer", actor="service", by="citizen", level="reminder",
             request=REQUEST.partition("/")[2])  # fmt: skip
    order = Chain(ORDER)
    order.add("SupervisionOrdered", CITY, key="two-order", actor="L01", case=CASES[1], to=TOWNSHIP, reason="late",
              days=3)  # fmt: skip
    chains = {chain.stream: chain for chain in (one, two, three, four, asks, order)}
    townships = [*one.made, *two.made, *three.made, *four.made, *asks.made, *order.made]
    logs = {"township": townships, "city": [*one.made, *three.made, *order.made], "portal": townships}
    sent = {
        "township.events": [*one.made[:3], *two.made, *three.made[:2], lost, *four.made],
        # Below the custody that it assumed the city repeats the chain.
        "city.events": [*one.made[3:], *three.made, *order.made],
        "portal.events": asks.made,
        f"inbox.{CITY}": one.made[:3],
        f"inbox.{TOWNSHIP}": [*asks.made, *order.made],
    }
    return World(logs, {service: [lost] for service in UNITS}, sent, told(), chains)


def told() -> list[dict[str, Any]]:
    """The history: every act once, one refused, one whose answer was lost, and the due dates of case 2."""
    applicant = {"name": NAME, "document_kind": "resident_id", "document_number": NUMBER, "phone": PHONE}
    body = {"item": "registration", "channel": "window", "applicant": applicant}
    lines: list[dict[str, Any]] = []

    def call(service: str, unit: str, person: str, path: str, key: str | None, what: str, **more: Any) -> None:
        id_, t = len(lines) // 2 + 1, float(len(lines))
        method = "POST" if key else "GET"
        said = {"who": f"clerk/{unit}/{person}", "unit": unit, "service": service, "method": method, "path": path}
        lines.append({"id": id_, "t": t, "what": "call", **said, "key": key, "body": more.pop("body", {})})
        lines.append({"id": id_, "t": t + 0.5, "what": what, **more})

    def act(number: str, name: str, key: str, person: str = "A01", unit: str = TOWNSHIP) -> None:
        service = "city" if unit == CITY else "township"
        call(service, unit, person, f"/api/v1/cases/{number}/{name}", key, "ok", status=200,
             answer={"case": {"number": number}, "pos": 1})  # fmt: skip

    def due(number: str, last_day: str | None) -> None:
        limits = [{"clock": "statutory", "about": None, "started": "2026-11-25T01:05:00Z", "last_day": last_day,
                   "stopped": None}]  # fmt: skip
        call("township", TOWNSHIP, "A01", f"/api/v1/cases/{number}/deadline", None, "ok", status=200,
             answer={"case": number, "limits": limits})  # fmt: skip

    for number, key in zip(CASES, ("one", "two", "three", "four"), strict=True):
        call("township", TOWNSHIP, "A01", "/api/v1/cases", key, "ok", status=201, body=body,
             answer={"case": {"number": number}, "pos": 1})  # fmt: skip
        if key != "four":
            act(number, "accept", f"{key}-accept")
    act(CASES[0], "refer", "one-refer")
    act(CASES[0], "acknowledge", "one-take", "C01", CITY)
    act(CASES[0], "decide", "one-decide", "C01", CITY)
    act(CASES[0], "conclude", "one-conclude", "C01", CITY)
    due(CASES[1], "2026-12-23")
    act(CASES[1], "suspend", "two-suspend")
    due(CASES[1], None)
    act(CASES[1], "resume", "two-resume")
    due(CASES[1], "2026-12-24")
    call("city", CITY, "L01", f"/api/v1/cases/{CASES[1]}/order-supervision", "two-order", "ok", status=200,
         answer={"case": {"number": CASES[1]}, "order": {"order": ORDER}})  # fmt: skip
    act(CASES[2], "start-step", "three-step")
    act(CASES[2], "assume-custody", "three-assume", "L01", CITY)
    # Sent again with its key, and by the same person with another: once it is superseded, once there is nothing to do.
    call("township", TOWNSHIP, "A01", f"/api/v1/cases/{CASES[2]}/start-step", "three-step", "failed", status=409,
         answer={"code": "superseded", "status": 409})  # fmt: skip
    act(CASES[1], "accept", "two-accept-again")
    call("portal", "portal", "citizen", "/api/v1/track/urge", "k1", "ok", status=200, body={"number": CASES[3]},
         answer={"request": REQUEST.partition("/")[2], "number": CASES[3]})  # fmt: skip
    call("township", TOWNSHIP, "A01", f"/api/v1/cases/{CASES[3]}/decide", "early", "failed", status=409,
         answer={"code": "wrong_phase", "status": 409})  # fmt: skip
    call("township", TOWNSHIP, "A01", f"/api/v1/cases/{CASES[3]}/claim", "silent", "unknown", why="ReadTimeout")
    return lines
