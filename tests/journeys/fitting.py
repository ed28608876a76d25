"""For each operation that writes: a case in the state which that operation needs, a person who may do it, and a body
that does it. The rows are named by the operation ids of the services' OpenAPI."""

import itertools
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg

from services.casework.moment import local_day
from services.runtime.keys import make_unit_keys, public_keys
from tests.journeys.clerk import Body, Clerk, receipt
from tests.journeys.places import CITY, CIVIL, DATONG, ITEMS, LUOHE, PENSION, REGISTRATION, SHANGYAO, TIANJIAAN, opened
from tests.journeys.superseding import ORDER, Beaten, leader, superseded
from tests.journeys.system import System
from tests.journeys.waiting import until

HOME = {"city": CITY, "district": DATONG, "township": SHANGYAO, "portal": SHANGYAO}
"""The unit that acts, by the service that is asked; the portal is asked by citizens, with a receipt of a township."""
BESIDE = {"city": DATONG, "district": TIANJIAAN, "township": LUOHE}
"""Another unit, from which it gets cases."""
MISSING = [{"kind": kind, "reason": "missing"} for kind in ("identity", "photo")]
PHOTO = {"kind": "photo", "sha256": "cd" * 32, "form": "original"}
BEATEN = Beaten()
VILLAGES = itertools.count(100)
YEARS = itertools.count(2101)
"""Of which no other test says anything, and no case has a limit."""
HEARING = {"ground": "hearing", "expected_days": 5, "notice": "notice-1"}
KNOWN = "select exists (select from tracking where stream = $1) and exists (select from log where stream = $1)"


@dataclass(frozen=True, slots=True)
class Fitting:
    """`body` does it, sent by `clerk` to `path`; `free` are the fields in which any value of the schema is as good."""

    clerk: Clerk
    path: str
    body: Body
    free: frozenset[str] = field(default_factory=frozenset)


Prepare = Callable[[System, str], Awaitable[Fitting]]


async def done(clerk: Clerk, number: str, act: str, **body: object) -> None:
    found = await clerk.surely(f"/cases/{number}/{act}", body, uuid4().hex)
    assert found.done, (act, found)


async def received(clerk: Clerk, item: str, **more: object) -> str:
    return (await clerk.surely("/cases", receipt(item, **more), uuid4().hex)).number


def home(system: System, tier: str, *roles: str) -> Clerk:
    return system.clerk(HOME[tier], *roles)


def act(
    name: str, before: tuple[str, ...] = (), *, free: str = "", item: str = "registration", **body: object
) -> Prepare:
    """On a case received here, after the acts `before`."""

    async def prepare(system: System, tier: str) -> Fitting:
        clerk = home(system, tier)
        number = await received(clerk, item)
        for one in before:
            await done(clerk, number, one, **BEFORE[one])
        return Fitting(clerk, f"/cases/{number}/{name}", body, frozenset(free.split()))

    return prepare


BEFORE: Mapping[str, Body] = {
    "claim": {},
    "request-supplement": {"items": MISSING},
    "accept": {},
    "suspend": HEARING,
    "decide": {"outcome": "granted"},
    "conclude": {"outcome": "issued"},
    "offer-hearing": {"reason": "heavy_interest"},
    "request-hearing": {"party": "applicant"},
}


def passed_on(name: str, *, acknowledged: bool, free: str, **body: object) -> Prepare:
    """On a case that the unit beside has referred here."""

    async def prepare(system: System, tier: str) -> Fitting:
        clerk, other = home(system, tier), system.clerk(BESIDE[tier])
        number = await received(other, "registration")
        kind = "forward_up" if tier == "city" else "transfer"
        await done(other, number, "refer", to=clerk.unit, kind=kind, reason="route")
        await clerk.arrived(number, 120)
        if acknowledged:
            await done(clerk, number, "acknowledge")
        to = {"to": other.unit} if name == "return" else {}
        return Fitting(clerk, f"/cases/{number}/{name}", {**to, **body}, frozenset(free.split()))

    return prepare


def upward(tier: str) -> tuple[str, str]:
    """To whom this tier refers, and how."""
    return (DATONG, "assign_down") if tier == "city" else (CITY if tier == "district" else DATONG, "forward_up")


async def refer(system: System, tier: str) -> Fitting:
    ready = await act("refer", free="reason opinion", reason="route")(system, tier)
    to, kind = upward(tier)
    return Fitting(ready.clerk, ready.path, {**ready.body, "to": to, "kind": kind}, ready.free)


async def request_recall(system: System, tier: str) -> Fitting:
    clerk = home(system, tier)
    number = await received(clerk, "registration")
    # Only what is offered comes back by itself; a recall of an assignment waits for a person, and nothing rests.
    await done(clerk, number, "refer", to=upward(tier)[0], kind="transfer", reason="route")
    return Fitting(clerk, f"/cases/{number}/request-recall", {"reason": "mistake"}, frozenset({"reason"}))


async def request_withdrawal(system: System, tier: str) -> Fitting:
    ready = await request_recall(system, tier)
    return Fitting(ready.clerk, ready.path.replace("recall", "withdrawal"), {})


async def submit_supplement(system: System, tier: str) -> Fitting:
    clerk = home(system, tier)
    number = await received(clerk, PENSION)
    await done(clerk, number, "request-supplement", items=MISSING)
    await done(clerk, number, "refer", to=upward(tier)[0], kind="transfer", reason="route")
    body = {"materials": [PHOTO]}
    return Fitting(clerk, f"/cases/{number}/submit-supplement", body, frozenset({"materials"}))


async def request_urging(system: System, tier: str) -> Fitting:
    """A centre's supervisor urges its own windows."""
    number = await received(home(system, tier), "registration")
    supervisor = home(system, tier, "supervisor")
    return Fitting(supervisor, f"/cases/{number}/request-urging", {"level": "reminder"}, frozenset({"level"}))


async def settle(system: System, tier: str) -> Fitting:
    clerk = home(system, tier, "clerk", "integrator")
    number = await received(clerk, "registration", imported=True, at="2026-01-05T02:00:00Z")
    return Fitting(clerk, f"/cases/{number}/settle", {})


async def pass_time(system: System, tier: str) -> Fitting:
    clerk = home(system, tier, "clerk", "integrator")
    number = await received(clerk, "registration", imported=True, at="2026-01-05T02:00:00Z")
    return Fitting(clerk, f"/cases/{number}/clock", {"at": "2026-01-06T02:00:00Z"})


async def extend(system: System, tier: str) -> Fitting:
    ready = await act("extend", ("accept",), free="reason", days=5, reason="complicated")(system, tier)
    return Fitting(home(system, tier, "head"), ready.path, ready.body, ready.free)


async def receive(system: System, tier: str) -> Fitting:
    free = frozenset({"channel", "applicant", "materials"})
    return Fitting(home(system, tier), "/cases", receipt(materials=[PHOTO]), free)


async def acts(system: System, tier: str) -> Fitting:
    batched = {"key": uuid4().hex, "act": "receive", "body": receipt()}
    return Fitting(home(system, tier), "/acts", {"acts": [batched]})


async def open_unit(system: System, tier: str) -> Fitting:
    with TemporaryDirectory() as folder:
        keys = public_keys(make_unit_keys(Path(folder), "new"))
    body = {**opened(f"{SHANGYAO}{next(VILLAGES)}", keys), "parent": SHANGYAO}
    return Fitting(home(system, tier, "unit_administrator"), "/units", body, frozenset({"name"}))


async def appoint_staff(system: System, tier: str) -> Fitting:
    """At a village point that is being prepared."""
    ready = await open_unit(system, tier)
    body = {**ready.body, "preparing": True}
    assert (await ready.clerk.surely(ready.path, body, uuid4().hex)).done
    staff = [{"person": "A01", "role": "clerk"}, {"person": "A02", "role": "approver"}]
    return Fitting(ready.clerk, f"/units/{body['code']}/staff", {"staff": staff})


async def inaugurate_unit(system: System, tier: str) -> Fitting:
    ready = await appoint_staff(system, tier)
    assert (await ready.clerk.surely(ready.path, ready.body, uuid4().hex)).done
    unit = ready.path.split("/")[2]
    await working_days(system)
    keeper = system.clerk(SHANGYAO[:6], "unit_administrator")

    async def admitted() -> bool:
        # The district hears of the new point a moment later.
        body = {"unit": unit, "code": CIVIL, "name": "民政局"}
        return (await keeper.surely("/departments", body, uuid4().hex)).done

    await until(admitted, bool, 60)
    path = f"/units/{unit}/opening"
    await until(lambda: ready.clerk.get(path), lambda seen: seen.done and seen.body["complete"], 60)
    return Fitting(ready.clerk, path, {})


async def working_days(system: System) -> None:
    """This year's calendar is published, as plain weekdays: no date moves."""
    year = local_day(datetime.now(UTC)).year
    body = {"year": year, "calendar_version": f"{year}.0", "marks": [], "source": "测试", "provisional": True}
    answer = await home(system, "city", "unit_administrator").surely("/calendars", body, f"working-days-{year}")
    assert answer.done or answer.code in ("calendar_published", "version_used"), answer


async def publish_item(system: System, tier: str) -> Fitting:
    own = {} if tier == "city" else {"unit": HOME[tier]}
    body = {**ITEMS[1], **own, "code": f"new-{uuid4().hex}", "item_version": 1}
    return Fitting(home(system, tier, "catalogue_manager"), "/items", body, CONTENT)


CONTENT = frozenset(
    {
        "name",
        "department",
        "type",
        "tier",
        "points",
        "route",
        "decidable_on",
        "legal_basis",
        "name_en",
        "section",
        *("in_centre", "expert_review", "collective_discussion", "materials", "steps", "supplement_days", "fee"),
        *("fee_basis", "validity_months", "renewal_days", "suspension_grounds"),
    }
)
"""What the catalogue may say of an item in any way."""


async def new_item(system: System, tier: str) -> tuple[Clerk, str, Body]:
    """Who keeps this tier's catalogue, the key of an item just published there, and its content."""
    ready = await publish_item(system, tier)
    published = await ready.clerk.surely(ready.path, ready.body, uuid4().hex)
    return ready.clerk, published.body["item"]["key"], ready.body


async def revise_item(system: System, tier: str) -> Fitting:
    manager, key, content = await new_item(system, tier)
    body = {**content, "item_version": 2, "committed_days": 5, "ground": "流程再造"}
    return Fitting(manager, f"/items/{key}/revise", body, CONTENT | {"ground"})


async def retire_item(system: System, tier: str) -> Fitting:
    manager, key, _ = await new_item(system, tier)
    return Fitting(manager, f"/items/{key}/retire", {"ground": "并入其他事项"}, frozenset({"ground"}))


async def open_clearance(system: System, tier: str) -> Fitting:
    manager, key, _ = await new_item(system, tier)
    until = (local_day(datetime.now(UTC)) + timedelta(days=30)).isoformat()
    body = {"unit": HOME[tier], "name": "清理", "items": [key], "until": until}
    return Fitting(manager, "/clearances", body, frozenset({"name", "illustrative"}))


async def submit_proposals(system: System, tier: str) -> Fitting:
    ready = await open_clearance(system, tier)
    opened = await ready.clerk.surely(ready.path, ready.body, uuid4().hex)
    form = {"item": ready.body["items"][0], "committed_days": 5, "ground": "合并环节", "drops": ["sign"]}
    path = f"/clearances/{opened.body['clearance']['id']}/proposals"
    return Fitting(home(system, tier, "clerk"), path, {"window": "A-12", "forms": [form]}, frozenset({"window"}))


async def review_proposals(system: System, tier: str) -> Fitting:
    ready = await submit_proposals(system, tier)
    answered = await ready.clerk.surely(ready.path, ready.body, uuid4().hex)
    proposal = answered.body["clearance"]["forms"][0]["answers"][0]["proposal"]
    body = {"reviews": [{"proposal": proposal, "verdict": "agreed"}]}
    return Fitting(home(system, tier, "catalogue_manager"), ready.path.replace("proposals", "reviews"), body)


async def approve_clearance(system: System, tier: str) -> Fitting:
    ready = await review_proposals(system, tier)
    assert (await ready.clerk.surely(ready.path, ready.body, uuid4().hex)).done
    path, body = ready.path.replace("reviews", "approve"), {"document": "gov-2026-9"}
    return Fitting(home(system, tier, "government_head"), path, body, frozenset({"document"}))


async def publish_clearance(system: System, tier: str) -> Fitting:
    ready = await approve_clearance(system, tier)
    assert (await ready.clerk.surely(ready.path, ready.body, uuid4().hex)).done
    return Fitting(home(system, tier, "catalogue_manager"), ready.path.replace("approve", "publish"), {})


def unpublished() -> Body:
    year = next(YEARS)
    marks = [{"day": f"{year}-01-02", "work": False, "name": "元旦"}]
    return {"year": year, "calendar_version": f"{year}.1", "marks": marks, "source": "国务院办公厅通知"}


async def publish_calendar(system: System, tier: str) -> Fitting:
    free = frozenset({"calendar_version", "source", "provisional"})
    return Fitting(home(system, tier, "unit_administrator"), "/calendars", unpublished(), free)


async def amend_calendar(system: System, tier: str) -> Fitting:
    administrator, calendar = home(system, tier, "unit_administrator"), unpublished()
    assert (await administrator.surely("/calendars", calendar, uuid4().hex)).done
    year = calendar["year"]
    marks = [{"day": f"{year}-01-03", "work": False, "name": "元旦"}]
    body = {"calendar_version": f"{year}.2", "marks": marks, "reason": "国务院办公厅另行通知"}
    return Fitting(administrator, f"/calendars/{year}/amend", body, frozenset({"reason"}))


async def admit_department(system: System, tier: str) -> Fitting:
    body = {"unit": HOME[tier], "code": f"new-{uuid4().hex}", "name": "新进驻部门"}
    return Fitting(home(system, tier, "unit_administrator"), "/departments", body, frozenset({"name"}))


async def civil(system: System, unit: str) -> Clerk:
    """The administrator of this unit, once the items' department is there."""
    administrator = system.clerk(unit, "unit_administrator")
    body = {"unit": unit, "code": CIVIL, "name": "民政局"}
    assert (await administrator.surely("/departments", body, uuid4().hex)).done
    return administrator


def grant(unit: str, person: str, *, first: int = 0, last: int = 30) -> Body:
    """The body of POST /delegations; days from today."""
    today = local_day(datetime.now(UTC))
    return {
        "unit": unit,
        "department": CIVIL,
        "person": person,
        "items": [REGISTRATION],
        "powers": ["decide_on_the_spot"],
        "document": "grant-2026-1",
        "valid_from": (today + timedelta(days=first)).isoformat(),
        "valid_to": (today + timedelta(days=last)).isoformat(),
    }


async def grant_delegation(system: System, tier: str) -> Fitting:
    administrator = await civil(system, HOME[tier])
    return Fitting(administrator, "/delegations", grant(HOME[tier], uuid4().hex), frozenset({"powers", "document"}))


async def revoke_delegation(system: System, tier: str) -> Fitting:
    ready = await grant_delegation(system, tier)
    granted = await ready.clerk.surely(ready.path, ready.body, uuid4().hex)
    path = f"/delegations/{granted.body['delegation']['id']}/revoke"
    return Fitting(ready.clerk, path, {"reason": "moved"}, frozenset({"reason"}))


def representative(name: str, free: str = "", **body: object) -> Prepare:
    """Of a body just admitted here, which has granted an item just published."""

    async def prepare(system: System, tier: str) -> Fitting:
        unit, department, person = HOME[tier], f"new-{uuid4().hex}", uuid4().hex
        administrator, manager = home(system, tier, "unit_administrator"), home(system, tier, "catalogue_manager")
        admitted = {"unit": unit, "code": department, "name": "新进驻部门"}
        assert (await administrator.surely("/departments", admitted, uuid4().hex)).done
        content = {**(await publish_item(system, tier)).body, "department": department}
        published = await manager.surely("/items", content, uuid4().hex)
        said = {**grant(unit, person), "department": department, "items": [published.body["item"]["key"]]}
        assert (await administrator.surely("/delegations", said, uuid4().hex)).done
        path = f"/departments/{unit}.{department}/"
        if name == "withdraw-representative":
            hung = await administrator.surely(f"{path}install-representative", {"person": person}, uuid4().hex)
            assert hung.done, hung
        who = {"person": person} if name == "install-representative" else {}
        return Fitting(administrator, f"{path}{name}", {**who, **body}, frozenset(free.split()))

    return prepare


async def assume_custody(system: System, tier: str) -> Fitting:
    """Of a case of a township, once the feeds have it."""
    number = await received(system.clerk(SHANGYAO), "registration")
    await until(lambda: known(system.services["portal"].dsn, number), bool, 120)
    return Fitting(leader(system), f"/cases/{number}/assume-custody", ORDER, frozenset({"order", "reason", "override"}))


ACCOUNT = {"to": SHANGYAO, "reason": "overdue", "days": 3}


async def order_supervision(system: System, tier: str) -> Fitting:
    """About a case of a township that nobody above had, once the feeds have it."""
    number = await received(system.clerk(SHANGYAO), "registration")
    await until(lambda: known(system.services["portal"].dsn, number), bool, 120)
    supervisor, path = home(system, tier, "supervisor"), f"/cases/{number}/order-supervision"
    return Fitting(supervisor, path, dict(ACCOUNT), frozenset({"reason", "days"}))


async def submit_supervision_answer(system: System, tier: str) -> Fitting:
    """The city wants to know."""
    clerk = home(system, tier)
    number = await received(clerk, "registration")
    await until(lambda: known(system.services["portal"].dsn, number), bool, 120)
    path, body = f"/cases/{number}/order-supervision", {**ACCOUNT, "to": clerk.unit}
    given = await system.clerk(CITY, "supervisor").surely(path, body, uuid4().hex)
    assert given.done, given
    order = await ordered(clerk, number)
    body = {"order": order, "answer": "已说明。"}
    return Fitting(clerk, f"/cases/{number}/submit-supervision-answer", body, frozenset({"answer"}))


async def ordered(clerk: Clerk, number: str) -> str:
    """The order on this case, once this unit has it."""

    async def look() -> list[Body]:
        return (await clerk.get(f"/cases/{number}/supervision-orders")).body["orders"]

    return (await until(look, bool, 120))[0]["order"]


def dealt_with(name: str, free: str) -> Prepare:
    """On a case with a decision that lost against the city's custody."""

    async def prepare(system: System, tier: str) -> Fitting:
        clerk, number = home(system, tier), await BEATEN.next(system)
        (lost,) = await superseded(clerk, number)
        body = {"act": lost["act"], "ground": "looked_into", "notice": "notice-9"}
        return Fitting(clerk, f"/cases/{number}/{name}", body, frozenset(free.split()))

    return prepare


async def anchor(system: System, tier: str) -> Fitting:
    return Fitting(home(system, tier, "operator"), "/anchor", {})


async def track(system: System, tier: str) -> Fitting:
    return await asking(system, tier, REGISTRATION, "/track")


async def asking(system: System, tier: str, item: str, path: str, free: str = "", **more: object) -> Fitting:
    """By the citizen of a case just received, once the portal knows it and opens it with its code."""
    clerk = home(system, tier)
    taken = await clerk.surely("/cases", receipt(item), uuid4().hex)
    citizen = Clerk(system.http, system.services["portal"].url, clerk.unit, clerk.token)
    # Before the code is there every try would count as wrong, so its case is looked for first.
    await until(lambda: known(system.services["portal"].dsn, taken.number), bool, 120)
    body = {"number": taken.number, "code": taken.body["query_code"], **more}
    return Fitting(citizen, path, body, frozenset(free.split()))


def asks(
    name: str, before: tuple[str, ...] = (), *, item: str = REGISTRATION, free: str = "", **body: object
) -> Prepare:
    """As its citizen, on a case that is known at the portal after the acts `before`."""

    async def prepare(system: System, tier: str) -> Fitting:
        ready = await asking(system, tier, item, f"/track/{name}", free, **body)
        clerk, number = home(system, tier), ready.body["number"]
        for one in before:
            await done(clerk, number, one, **BEFORE[one])
        await until(lambda: events_at_portal(system, number), lambda n: n > len(before), 120)
        return ready

    return prepare


async def events_at_portal(system: System, number: str) -> int:
    """How many events of the case the portal has."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(system.services["portal"].dsn)
    try:
        return await connection.fetchval("select count(*) from log where stream = $1 and live", number)
    finally:
        await connection.close()


async def known(dsn: str, number: str) -> bool:
    """Whether the portal has the case's first record and what its code opens."""
    connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
    try:
        return bool(await connection.fetchval(KNOWN, number))
    finally:
        await connection.close()


WAITS_FOR_A_PERSON = {
    "request_withdrawal": "withdraw",
    "submit_supplement": "supplement",
    "track_withdraw": "withdraw",
    "track_submit_supplement": "supplement",
}
"""Requests that no service answers by itself, and what they ask for."""


async def answered(system: System, operation: str, said: Body) -> None:
    """Somebody of the holder's unit answers the request that this operation left open, or of the ordered unit the
    order; until then it is sent again. Nothing more is sent to a subscriber."""
    if operation == "order_supervision":
        number, clerk = said["case"]["number"], system.clerk(said["order"]["ordered"])
        answer = {"order": await ordered(clerk, number), "answer": "已说明。"}
        await done(clerk, number, "submit-supervision-answer", **answer)
    if "webhook" in operation:
        for tier in ("city", "district", "township"):
            await home(system, tier, "operator").post(f"/webhooks/{said['webhook']['id']}/remove", {})
    if operation in WAITS_FOR_A_PERSON:
        case, asked = said["case"], WAITS_FOR_A_PERSON[operation]
        if operation.startswith("track_"):
            holder = home(system, "portal")
        else:
            holder = system.clerk(case["custody"]["to"])
            await holder.arrived(case["number"], 120)
            await done(holder, case["number"], "acknowledge")
        answer = {"request": said["request"], "asked": asked, "ground": "not_meant"}
        await done(holder, case["number"], "decline-request", **answer)


FITTING: Mapping[str, Prepare] = {
    "receive": receive,
    "acts": acts,
    "claim": act("claim"),
    "assign": act("assign", free="person", person="A07"),
    "release": act("release", ("claim",)),
    "request_supplement": act("request-supplement", item=PENSION, free="note", items=MISSING),
    "receive_supplement": act(
        "receive-supplement", ("request-supplement",), item=PENSION, free="materials request", materials=[PHOTO]
    ),
    "accept": act("accept"),
    "decline": act("decline", free="reason right_office", reason="not_within_authority"),
    "start_step": act("start-step", free="step section persons", step="review"),
    "complete_step": act("complete-step", free="step outcome section persons note", step="review", outcome="passed"),
    "suspend": act("suspend", ("accept",), free="expected_days notice basis", **HEARING),
    "resume": act("resume", ("accept", "suspend")),
    "extend": extend,
    "refer": refer,
    "acknowledge": passed_on("acknowledge", acknowledged=False, free=""),
    "refuse": passed_on("refuse", acknowledged=False, free="ground note", ground="wrong_area"),
    "return": passed_on("return", acknowledged=True, free="note request", purpose="handled"),
    "request_recall": request_recall,
    "request_withdrawal": request_withdrawal,
    "submit_supplement": submit_supplement,
    "request_urging": request_urging,
    "decline_request": act(
        "decline-request", free="request asked ground", request="0" * 32, asked="urge", ground="nothing_to_urge"
    ),
    "decide": act("decide", ("accept",), free="reason remedies", outcome="granted"),
    "conclude": act("conclude", ("accept", "decide"), free="on_the_spot", outcome="issued"),
    "deliver": act("deliver", ("accept", "decide", "conclude"), free="how to_whom", how="window"),
    "withdraw": act("withdraw", free="request"),
    "terminate": act("terminate", free="note", ground="applicant_gone"),
    "order_supervision": order_supervision,
    "submit_supervision_answer": submit_supervision_answer,
    "assume_custody": assume_custody,
    "adopt": dealt_with("adopt", "ground notice"),
    "revoke": dealt_with("revoke", "ground notice"),
    "settle": settle,
    "clock": pass_time,
    "open_unit": open_unit,
    "appoint_staff": appoint_staff,
    "inaugurate_unit": inaugurate_unit,
    "publish_item": publish_item,
    "revise_item": revise_item,
    "retire_item": retire_item,
    "open_clearance": open_clearance,
    "submit_proposals": submit_proposals,
    "review_proposals": review_proposals,
    "approve_clearance": approve_clearance,
    "publish_clearance": publish_clearance,
    "publish_calendar": publish_calendar,
    "amend_calendar": amend_calendar,
    "admit_department": admit_department,
    "grant_delegation": grant_delegation,
    "revoke_delegation": revoke_delegation,
    "plan_representative": representative("plan-representative", "illustrative"),
    "install_representative": representative("install-representative", "illustrative"),
    "withdraw_representative": representative("withdraw-representative", "reason", reason="moved"),
    "anchor": anchor,
    "track_api_v1_track_post": track,
    "track_urge": asks("urge"),
    "track_withdraw": asks("withdraw"),
    "track_submit_supplement": asks(
        "submit-supplement", ("request-supplement",), item=PENSION, free="materials", materials=[PHOTO]
    ),
    "track_request_hearing": asks("request-hearing", ("accept", "offer-hearing")),
    "track_withdraw_hearing_request": asks("withdraw-hearing-request", ("accept", "offer-hearing", "request-hearing")),
}
