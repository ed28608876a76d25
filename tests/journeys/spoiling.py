"""What may be wrong with a request that would otherwise be done, and what has to be answered to it."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from services.runtime.issuer import Issuer, issue, make_issuer
from services.runtime.tokens import Actor
from tests.journeys.clerk import Body
from tests.journeys.fitting import Fitting
from tests.journeys.operations import Operation
from tests.journeys.places import CITY, DATONG
from tests.journeys.spoiling_dossier import unlawful_of

MEGABYTE = 1_000_000
MARK = "a lone surrogate goes here"
NOWHERE = "349999"
FROM_ABOVE = frozenset({"request_urging", "assume_custody", "order_supervision"})
"""What a supervisor may do; a clerk may not."""
"""A unit that nobody opened."""
OTHER = {CITY: DATONG, DATONG: CITY}
"""Who keeps another register."""
Schema = dict[str, Any]
Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Spoilt:
    """`what` is wrong; the request as it is sent; `status` and `code` of the problem that must come back."""

    what: str
    status: int
    code: str
    path: str
    headers: dict[str, str]
    content: bytes


class Tokens:
    """Tokens that are wrong in one thing."""

    def __init__(self, ours: Issuer, folder: Path) -> None:
        self._ours = ours
        self._theirs = make_issuer(folder)

    def of(self, unit: str, *roles: str) -> str:
        return self._issued(unit, roles)

    def wrong(self, unit: str, *roles: str) -> Iterator[tuple[str, str, str]]:
        """What is wrong, the code of the answer, the token."""
        good, now = self._issued(unit, roles), datetime.now(UTC)
        actor = Actor("A01", unit, None, frozenset(roles))
        theirs = issue(self._theirs, actor, at=now, lifetime=timedelta(hours=1))
        head, payload, signature = good.split(".")
        other = "A" if signature[9] != "A" else "B"
        yield "signed by another issuer", "token_forged", theirs
        yield "its signature changed", "token_forged", f"{head}.{payload}.{signature[:9]}{other}{signature[10:]}"
        yield "no token at all", "token_malformed", "open sesame"
        yield "expired", "token_expired", self._issued(unit, roles, at=now - timedelta(hours=3))
        yield "not valid yet", "token_expired", self._issued(unit, roles, at=now + timedelta(hours=3))
        yield "for another system", "token_audience", self._issued(unit, roles, audience="elsewhere")

    def _issued(self, unit: str, roles: tuple[str, ...], at: datetime | None = None, **more: Any) -> str:
        actor = Actor("A01", unit, None, frozenset(roles))
        return issue(self._ours, actor, at=at or datetime.now(UTC), lifetime=timedelta(hours=1), **more)


def request(operation: Operation, fitting: Fitting) -> tuple[dict[str, str], bytes]:
    """Headers and content that do it."""
    headers = {"Authorization": f"Bearer {fitting.clerk.token}", "Idempotency-Key": uuid4().hex}
    if operation.schema is None:
        return headers, b""
    return {**headers, "Content-Type": "application/json"}, json.dumps(fitting.body).encode()


def spoilt(operation: Operation, fitting: Fitting, tokens: Tokens, strange: str, elsewhere: str) -> Iterator[Spoilt]:
    """Every way; `strange` is the number of a case that the unit never had, `elsewhere` a unit of another service."""
    headers, content = request(operation, fitting)

    def bad(what: str, status: int, code: str, path: str = fitting.path, **changed: Any) -> Spoilt:
        now = {**headers, **changed.get("headers", {})}
        kept = {name: value for name, value in now.items() if value is not None}
        return Spoilt(what, status, code, path, kept, changed.get("content", content))

    if operation.signed:
        yield from _unsigned(operation, fitting, tokens, elsewhere, bad)
    if operation.keyed:
        for what, key in (("no key", None), ("an endless key", "k" * 201), ("a key with a blank", "k k")):
            yield bad(what, 400, "idempotency_key", headers={"Idempotency-Key": key})
    if "{number}" in operation.path:
        name = fitting.path.rpartition("/")[2]
        for what, number in (
            *(() if operation.id == "assume_custody" else [("another unit's case", strange)]),
            ("an unknown case", f"{fitting.clerk.unit}-20200101-0001"),
            ("no number of a case", "..%2F..%2Funits"),
            ("a number without end", "1" * 300),
        ):
            code = "no_such_page" if "%2F" in number else "case_unknown"
            yield bad(what, 404, code, f"/cases/{number}/{name}")
    if "{delegation}" in operation.path:
        yield bad("an unknown grant", 422, "delegation_unknown", f"/delegations/{'0' * 32}/revoke")
        for what, name in (("no id of a grant", "a%00b"), ("an id without end", "1" * 300)):
            yield bad(what, 404, "delegation_unknown", f"/delegations/{name}/revoke")
    if "{department}" in operation.path:
        name = fitting.path.rpartition("/")[2]
        unknown = f"{fitting.clerk.unit}.unheard-of"
        yield bad("an unknown body", 422, "department_unknown", f"/departments/{unknown}/{name}")
        yield bad("a body of nowhere", 422, "unit_unknown", f"/departments/{NOWHERE}.market/{name}")
        for what, key in (("no key of a body", "a%00b"), ("a key without end", "1" * 300)):
            yield bad(what, 404, "department_unknown", f"/departments/{key}/{name}")
    if "{unit}" in operation.path:
        name = fitting.path.rpartition("/")[2]
        yield bad("an unknown unit", 422, "unit_unknown", f"/units/{NOWHERE}/{name}")
        for what, key in (("no code of a unit", "a%00b"), ("a code without end", "1" * 300)):
            yield bad(what, 404, "unit_unknown", f"/units/{key}/{name}")
    if "{clearance}" in operation.path:
        name = fitting.path.rpartition("/")[2]
        yield bad("an unknown round", 422, "clearance_unknown", f"/clearances/{'0' * 32}/{name}")
        for what, key in (("no id of a round", "a%00b"), ("an id without end", "1" * 300)):
            yield bad(what, 404, "clearance_unknown", f"/clearances/{key}/{name}")
    if "{webhook}" in operation.path:
        name = fitting.path.rpartition("/")[2]
        for what, key in (("an unknown one", "0" * 32), ("no id of one", "a%00b"), ("an id without end", "1" * 300)):
            yield bad(what, 404, "webhook_unknown", f"/webhooks/{key}/{name}")
    if "{item}" in operation.path:
        name = fitting.path.rpartition("/")[2]
        yield bad("an unknown item", 422, "item_unknown", f"/items/unheard-of/{name}")
        for what, key in (("no key of an item", "a%00b"), ("a key without end", "1" * 300)):
            yield bad(what, 404, "item_unknown", f"/items/{key}/{name}")
    if operation.schema is not None:
        yield from _unreadable(operation, fitting.body, bad)
        yield from _unfit(operation.schema, fitting.body, bad)
        yield from _unlawful(operation, fitting, tokens, bad)


Bad = Callable[..., Spoilt]


def _unsigned(operation: Operation, fitting: Fitting, tokens: Tokens, elsewhere: str, bad: Bad) -> Iterator[Spoilt]:
    unit = fitting.clerk.unit
    yield bad("no token", 401, "token_missing", headers={"Authorization": None})
    yield bad("another scheme", 401, "token_malformed", headers={"Authorization": "Basic QTE6"})
    for what, code, token in tokens.wrong(unit, "clerk", "approver", "operator", "catalogue_manager"):
        yield bad(f"token {what}", 401, code, headers={"Authorization": f"Bearer {token}"})
    if operation.id != "anchor" and "webhook" not in operation.id:  # an operator is of no unit in particular
        for where in (elsewhere, NOWHERE):
            token = tokens.of(where, "clerk", "approver", "unit_administrator", "catalogue_manager")
            yield bad(f"token of {where}", 403, "unit_elsewhere", headers={"Authorization": f"Bearer {token}"})
    if operation.id != "acts":  # where each act is answered by itself
        token = tokens.of(unit, "agent" if operation.id in FROM_ABOVE else "supervisor")
        yield bad("the role is lacking", 403, "role_missing", headers={"Authorization": f"Bearer {token}"})


def _unreadable(operation: Operation, body: Body, bad: Bad) -> Iterator[Spoilt]:
    for kind in (None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        yield bad(f"content type {kind}", 415, "content_type", headers={"Content-Type": kind})
    whole = json.dumps(body).encode()
    for what, content in (
        ("half a body", b'{"a": [1,'),
        ("two bodies", whole + whole),
        ("not UTF-8", b'{"a": "\xff\xfe"}'),
        ("UTF-16", json.dumps(body).encode("utf-16")),
        ("a surrogate as a field's name", b'{"\\ud800": 1}'),
        ("depth without end", b"[" * 1000 + b"]" * 1000),
    ):
        yield bad(what, 400, "not_json", content=content)
    for what, content in (("a list", b"[]"), ("null", b"null"), ("a text", b'"text"'), ("a number", b"1e400")):
        yield bad(what, 422, "invalid", content=content)
    if body:
        first = next(iter(body))
        again = b"{" + json.dumps({first: body[first]}).encode()[1:-1] + b"," + whole[1:]
        yield bad("a field that stands twice", 400, "field_twice", content=again)
        texts = [place for place, part in _fields(operation.schema or {}, body) if _is_text(part)]
        limit = 5 * MEGABYTE if operation.id == "acts" else MEGABYTE
        for place in texts[:1]:
            content = json.dumps(_with(body, place, "大" * (limit // 3)), ensure_ascii=False).encode()
            yield bad(f"{_said(place)} of {limit} bytes", 413, "too_large", content=content)
    yield bad("a megabyte of blanks", 413, "too_large", content=b" " * (5 * MEGABYTE) + whole)


def _unfit(schema: Schema, body: Body, bad: Bad) -> Iterator[Spoilt]:
    def changed(what: str, value: Any, place: Place, code: str = "invalid", status: int = 422) -> Spoilt:
        content = json.dumps(_with(body, place, value)).replace(json.dumps(MARK), '"\\ud800"').encode()
        return bad(f"{what} in {_said(place)}", status, code, content=content)

    for place, part in _objects(schema, body):
        for name in part.get("required", ()):
            content = json.dumps(_with(body, (*place, name), None, drop=True)).encode()
            yield bad(f"{_said((*place, name))} is missing", 422, "invalid", content=content)
        if part.get("additionalProperties") is False:
            yield changed("a field that nobody knows", 1, (*place, "unheard_of"))
    for place, part in _fields(schema, body):
        kinds = {one.get("type") for one in part.get("anyOf", [part])}
        yield changed("a wrong type", "text" if kinds & {"object", "array"} else {"x": 1}, place)
        yield changed("a number without end", 10**400, place)
        if _is_text(part):
            yield changed("NUL", "a\x00b", place)
            yield changed("4001 characters", "x" * 4001, place)
            yield changed("a lone surrogate", MARK, place, "not_json", 400)


def _unlawful(operation: Operation, fitting: Fitting, tokens: Tokens, bad: Bad) -> Iterator[Spoilt]:
    def changed(what: str, status: int, code: str, *roles: str, **values: Any) -> Spoilt:
        signed = {"Authorization": f"Bearer {tokens.of(fitting.clerk.unit, *roles)}"} if roles else {}
        return bad(what, status, code, content=json.dumps({**fitting.body, **values}).encode(), headers=signed)

    fields = (operation.schema or {}).get("properties", {})
    clerks = ("clerk", "approver", "head", "supervisor", "integrator")
    if "to" in fields:
        yield changed("an unknown unit", 422, "unit_unknown", to=NOWHERE)
        itself = (403, "not_superior") if operation.id == "order_supervision" else (422, "to_itself")
        yield changed("to itself", *itself, to=fitting.clerk.unit)
    if "parent" in fields:
        yield changed("an unknown unit above", 422, "unit_unknown", parent=NOWHERE)
        yield changed("a key that is none", 422, "key_unfit", sealing_key="A" * 43)
    if "item" in fields:
        yield changed("an unknown item", 422, "item_unknown", item="unheard-of")
        yield changed("history by a clerk", 403, "import_not_integrator", imported=True)
    yield from _unlawful_of(operation.id, fitting, changed)
    for what, status, code, values in unlawful_of(operation.id):
        yield changed(what, status, code, **values)
    if "at" in fields and "at" not in fitting.body and operation.id != "settle":
        yield changed("a time by a clerk", 403, "at_not_integrator", at="2026-01-05T02:00:00Z")
        yield changed("a time of no history", 422, "at_not_imported", *clerks, at="2026-01-05T02:00:00Z")
        yield changed("an instant without a zone", 422, "invalid", *clerks, at="2026-01-05T02:00:00")


def _unlawful_of(operation: str, fitting: Fitting, changed: Bad) -> Iterator[Spoilt]:
    body = fitting.body
    match operation:
        case "clock":
            yield changed("a time to come", 422, "at_in_future", at="2199-01-05T02:00:00Z")
            yield changed("an instant without a zone", 422, "invalid", at="2026-01-05T02:00:00")
        case "suspend":
            yield changed("a ground that the law does not know", 422, "ground_unknown", ground="too_busy")
        case "extend":
            yield changed("the wrong head", 403, "wrong_head", "government_head")
            yield changed("more days than the head may add", 422, "too_many_days", days=11)
        case "publish_calendar" | "amend_calendar":
            yield changed(
                "a day of another year", 422, "marks_unfit", marks=[{**body["marks"][0], "day": "2099-01-02"}]
            )
            yield changed("one day twice", 422, "marks_unfit", marks=[*body["marks"], *body["marks"]])
        case "revise_item":
            yield changed("a version left out", 422, "version_gap", item_version=3)
            yield changed("a version that stands", 422, "item_version_used", item_version=1)
            yield changed("a day gone by", 422, "version_for_the_past", valid_from="2026-01-02")
            yield changed("more than the law allows", 422, "committed_above_statutory", committed_days=100)
        case "retire_item":
            yield changed("a day gone by", 422, "retired_for_the_past", retired_on="2026-01-02")
        case "appoint_staff":
            yield changed("an unknown role", 422, "role_unknown", staff=[{"person": "A01", "role": "king"}])
            there = {**body["staff"][0], "department": "unheard-of"}
            yield changed("a body that is not there", 422, "department_unknown", staff=[there])
        case "open_clearance":
            yield changed("another's catalogue", 403, "own_catalogue", unit=OTHER[fitting.clerk.unit])
            yield changed("an unknown item", 422, "item_unknown", items=["unheard-of"])
            yield changed("an item twice", 422, "item_twice", items=body["items"] * 2)
            yield changed("a last day gone by", 422, "clearance_over", until="2026-01-02")
        case "submit_proposals":
            form = body["forms"][0]
            for what, code, differs in (
                ("an item of no round", "item_not_in_clearance", {"item": "unheard-of"}),
                ("an unknown step", "step_unknown", {"drops": ["unheard-of"]}),
                ("no step left", "no_step_left", {"drops": ["review", "sign"]}),
                ("more days than now", "days_raised", {"committed_days": 11}),
            ):
                yield changed(what, 422, code, forms=[{**form, **differs}])
            yield changed("an item twice", 422, "item_twice", forms=[form, form])
        case "review_proposals":
            unknown = {"proposal": "0" * 32, "verdict": "agreed"}
            yield changed("an unknown form", 422, "proposal_unknown", reviews=[unknown])
            sent_back = {**body["reviews"][0], "verdict": "sent_back"}
            yield changed("sent back without a word", 422, "comment_missing", reviews=[sent_back])
        case "publish_clearance":
            yield changed("a day gone by", 422, "version_for_the_past", valid_from="2026-01-02")
        case "admit_department":
            yield changed("an unknown unit", 422, "unit_unknown", unit=NOWHERE)
            yield changed("another's register", 403, "own_register", unit=OTHER[fitting.clerk.unit])
            yield changed("a day to come", 422, "day_to_come", admitted_on="2199-01-02")
        case "grant_delegation":
            yield changed("an unknown unit", 422, "unit_unknown", unit=NOWHERE)
            yield changed("another's register", 403, "own_register", unit=OTHER[fitting.clerk.unit])
            yield changed("an unknown item", 422, "item_unknown", items=["unheard-of"])
            yield changed("a department that is not there", 422, "department_unknown", department="unheard-of")
            yield changed("an end before the beginning", 422, "validity_reversed", valid_to="2026-01-01")
            yield changed("days gone by", 422, "delegation_over", valid_from="2026-01-01", valid_to="2026-01-02")
            yield changed("another department's head", 403, "own_department", "head")
        case "plan_representative":
            yield changed("a day to come", 422, "day_to_come", planned_on="2199-01-02")
            yield changed("another department's head", 403, "own_department", "head")
        case "install_representative":
            yield changed("a day to come", 422, "day_to_come", installed_on="2199-01-02")
            yield changed("somebody without a grant", 422, "no_grant_in_force", person="nobody")
            yield changed("a day before the grant", 422, "no_grant_in_force", installed_on="2026-01-02")
        case "withdraw_representative":
            yield changed("a day to come", 422, "day_to_come", withdrawn_on="2199-01-02")
            yield changed("a day before the sign", 422, "withdrawn_before", withdrawn_on="2026-01-02")
        case "revoke_delegation":
            yield changed("a day gone by", 422, "revoked_for_the_past", revoked_on="2026-01-02")
            yield changed("a day after its end", 422, "delegation_over", revoked_on="2199-01-02")
        case _:
            pass


def _resolved(schema: Schema) -> Schema:
    return next((one for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)


def _objects(schema: Schema, value: Any, place: Place = ()) -> Iterator[tuple[Place, Schema]]:
    """The objects of this body whose fields the schema knows."""
    schema = _resolved(schema)
    if isinstance(value, dict) and "properties" in schema:
        yield place, schema
        for name, part in schema["properties"].items():
            if name in value:
                yield from _objects(part, value[name], (*place, name))
    elif isinstance(value, list) and value and "items" in schema:
        yield from _objects(schema["items"], value[0], (*place, 0))


def _fields(schema: Schema, body: Any) -> Iterator[tuple[Place, Schema]]:
    for place, part in _objects(schema, body):
        for name, field in part["properties"].items():
            yield (*place, name), field


def _is_text(part: Schema) -> bool:
    return _resolved(part).get("type") == "string"


def _with(body: Any, place: Place, value: Any, *, drop: bool = False) -> Any:
    whole = copy.deepcopy(body)
    inner = whole
    for step in place[:-1]:
        inner = inner[step]
    if drop:
        inner.pop(place[-1], None)
    else:
        inner[place[-1]] = value
    return whole


def _said(place: Place) -> str:
    return ".".join(map(str, place))
