"""The form of each act, made from the model of its body, and the body that a form gives back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from services.casework.book import Book, ItemVersion
from services.casework.case import Case, holder
from services.casework.supervision import Order
from services.office.choices import CHOICES
from services.office.pages.act_words import FIELDS
from services.office.pages.deeds import PAGE_BODIES
from services.office.superseded import Lost
from services.office.waiting import Waiting
from services.pages.languages import N_
from services.pages.phrases import MISSING, SUSPENSIONS, Name, Phrase, Words
from services.pages.words import EVENTS

Kind = Literal["select", "text", "long", "number", "yuan", "day", "tick", "ticks", "papers", "missing", "digest"]
Said = Name | Phrase | str
LONG = frozenset({"note", "opinion", "question", "answer", "basis", "to_whom", "value", "text"})
DIGESTS = frozenset({"digest", "record", "of"})
ONE_LINE = 120


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    said: Said


@dataclass(frozen=True, slots=True)
class Field:
    """`choices`: of a select or of boxes. `preset`, `ticked`: what stands in it at first."""

    name: str
    kind: Kind
    label: str
    required: bool
    choices: Sequence[Choice] = ()
    preset: str = ""
    ticked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Desk:
    """What the choices of a form are taken from."""

    case: Case
    item: ItemVersion | None
    book: Book
    unit: str
    waiting: Sequence[Waiting] = ()
    lost: Sequence[Lost] = ()
    """What the city still has to adopt or revoke since it assumed custody."""
    colleagues: Sequence[str] = ()
    orders: Sequence[Order] = ()
    """Supervision orders that this unit has not answered yet."""


REQUESTS: Mapping[str, str] = {
    "recall": N_("Recall"),
    "withdraw": N_("Withdrawal"),
    "supplement": N_("Further papers"),
    "urge": N_("Urging"),
    "consultation_answer": N_("Answer of a body"),
    "hearing": N_("Request for a hearing"),
    "hearing_withdrawal": N_("Taking back of the request for a hearing"),
}
"""By kind, as the office says it."""


def fields(name: str, desk: Desk) -> list[Field]:
    """What this act's form asks; nothing for an act that says all by itself."""
    return [
        _field(name, at, model, desk)
        for at, model in PAGE_BODIES[name].model_fields.items()
        if at != "at"
    ]  # fmt: skip


def _field(act: str, name: str, model: FieldInfo, desk: Desk) -> Field:
    label, required = FIELDS.get(f"{act}.{name}", FIELDS[name]), model.is_required()
    if (act, name) == ("request_supplement", "items"):
        return Field(name, "missing", label, required, _papers(desk), ticked=_lacking(desk))
    if name == "materials":
        return Field(name, "papers", label, required, _papers(desk))
    if (choices := _choices(act, name, desk)) is not None:
        several = _is_tuple(model.annotation)
        return Field(name, "ticks" if several else "select", label, required, choices)
    if name == "consultation":
        return Field(name, "text", label, required, preset=f"q{len(desk.case.dossier.consultations) + 1}")
    if name in DIGESTS or (act, name) == ("decide", "hearing"):
        return Field(name, "digest", label, required)
    if name == "amount":
        return Field(name, "yuan", label, required)
    if name == "on_the_spot":
        return Field(name, "tick", label, False)
    inner = _plain(model.annotation)
    if inner is int:
        return Field(name, "number", label, required)
    if inner is date:
        return Field(name, "day", label, required)
    return Field(name, "long" if name in LONG else "text", label, required)


def _plain(annotation: Any) -> Any:
    """The type itself, without `Annotated` and `None`."""
    while get_origin(annotation) is not None:
        if get_origin(annotation) in (Union, UnionType):
            annotation = next(one for one in get_args(annotation) if one is not type(None))
        else:
            annotation = get_args(annotation)[0]
    return annotation


def _is_tuple(annotation: Any) -> bool:
    while get_origin(annotation) is not None:
        if get_origin(annotation) is tuple:
            return True
        annotation = get_args(annotation)[0]
    return annotation is tuple


def _choices(act: str, name: str, desk: Desk) -> Sequence[Choice] | None:
    """None where anything may be typed."""
    case, item = desk.case, desk.item
    match act, name:
        case "refer", "to":
            return _offices(desk, first=item and desk.book.next_on_route(desk.unit, item))
        case "decline", "right_office":
            return _offices(desk, first=None)
        case "return", "to":
            return [_office(desk, unit) for unit in reversed(case.custodians) if unit != desk.unit]
        case "start_step", "step":
            open_ = {step.step for step in case.open_steps}
            return [Choice(step.code, _name(step.name, None)) for step in _steps(item) if step.code not in open_]
        case "complete_step", "step":
            named = {step.code: _name(step.name, None) for step in _steps(item)}
            return [Choice(step.step, named.get(step.step, step.step)) for step in case.open_steps]
        case "suspend", "ground":
            own = [Choice(one.code, _name(one.name, one.name_en)) for one in (item.suspension_grounds if item else ())]
            return [Choice(code, Phrase(text)) for code, text in SUSPENSIONS.items()] + own
        case "open_consultation", "department":
            bodies = desk.book.departments.get(desk.unit, {})
            return [Choice(code, _name(name, None)) for code, name in bodies.items()] or None
        case "answer_consultation" | "submit_consultation_answer", "consultation":
            return [Choice(one.code, f"{one.code} · {one.department}") for one in case.consultations]
        case "assign", "person":
            return [Choice(one, one) for one in desk.colleagues] or None
        case "adopt" | "revoke", "act":
            return [Choice(one.act.act, _lost(one, desk)) for one in desk.lost]
        case "order_supervision", "to":
            return _below(desk)
        case "submit_supervision_answer", "order":
            return [Choice(one.stream, _order(one, desk)) for one in desk.orders]
        case _, "certificate_number":
            return [Choice(one.number, one.number) for one in case.dossier.certificates]
        case _, "request":
            return [Choice(one.request, Phrase(REQUESTS.get(one.kind, one.kind))) for one in _fitting(act, desk)]
        case "decline_request", "asked":
            kinds = dict.fromkeys(one.kind for one in desk.waiting)
            return [Choice(kind, Phrase(REQUESTS.get(kind, kind))) for kind in kinds]
        case _:
            said = CHOICES.get(f"{act}.{name}") or CHOICES.get({"told": "party"}.get(name, name))
            return None if said is None else [Choice(code, Phrase(text)) for code, text in said.items()]


def _fitting(act: str, desk: Desk) -> list[Waiting]:
    """Requests that wait and that this act may answer."""
    kind = {"receive_supplement": "supplement", "withdraw": "withdraw", "return": "recall"}.get(act)
    return [one for one in desk.waiting if kind in (None, one.kind)]


def _lost(one: Lost, desk: Desk) -> Phrase:
    said = {
        "event": Phrase(EVENTS[type(one.act.event).__name__]),
        "at": one.envelope.time,
        "unit": Words(desk.book, desk.item).unit(one.act.unit),
        "person": one.envelope.actor,
    }
    return Phrase(N_("{event}, {at}, {unit}, {person}"), said)


def _offices(desk: Desk, first: str | None) -> list[Choice]:
    """Offices that take cases: where the item goes next, then those above and below, then all others."""
    here = desk.book.units.get(desk.unit)
    above = here.parent if here else None
    near = [first, above, *(code for code, unit in desk.book.units.items() if unit.parent == desk.unit)]
    ordered = dict.fromkeys([*(code for code in near if code), *desk.book.units])
    return [_office(desk, code) for code in ordered if code != desk.unit and desk.book.is_open(code)]


def _below(desk: Desk) -> list[Choice]:
    """Units below this one that have or had the case, first the one that has it."""
    known = sorted(desk.case.known, key=lambda unit: (unit != holder(desk.case), unit))
    return [_office(desk, unit) for unit in known if desk.book.is_above(desk.unit, unit) and desk.book.is_open(unit)]


def _order(order: Order, desk: Desk) -> Phrase:
    return Phrase(N_("{unit}, {at}"), {"unit": Words(desk.book, desk.item).unit(order.unit), "at": order.at})


def _office(desk: Desk, code: str) -> Choice:
    unit = desk.book.units.get(code)
    return Choice(code, _name(unit.name, None) if unit else code)


def _papers(desk: Desk) -> list[Choice]:
    missing = [paper.kind for paper in desk.case.missing]
    named = {paper.kind: _name(paper.name, None) for paper in (desk.item.materials if desk.item else ())}
    kinds = dict.fromkeys([*missing, *named])
    return [Choice(kind, named.get(kind, kind)) for kind in kinds]


def _lacking(desk: Desk) -> frozenset[str]:
    """What the item requires and is not in yet: all of it has to be told at once [32(4)]."""
    here = {paper.kind for paper in desk.case.materials}
    required = {paper.kind for paper in (desk.item.materials if desk.item else ()) if paper.required}
    return frozenset(required - here)


def _steps(item: ItemVersion | None) -> Sequence[Any]:
    return item.steps if item else ()


def _name(zh: str, en: str | None) -> Name:
    return Name(zh, en or zh)


MISSING_REASONS = [Choice(code, Phrase(text)) for code, text in MISSING.items()]
FORMS = [Choice(code, Phrase(text)) for code, text in CHOICES["form"].items()]


def body(asked: Sequence[Field], said: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The act's body as JSON values, of what a form says by field; empty fields are left out, so that the model says
    what is missing."""
    found: dict[str, Any] = {}
    for one in asked:
        value = _value(one, said)
        if value not in (None, "", [], ()):
            found[one.name] = value
    return found


def _value(one: Field, said: Mapping[str, Sequence[str]]) -> Any:
    values = [value.strip() for value in said.get(one.name, ())]
    last = values[-1] if values else ""
    match one.kind:
        case "missing":
            return [{"kind": kind, "reason": _last(said, f"reason-{kind}")} for kind in values]
        case "papers":
            return handed_in(values, said)
        case "ticks":
            return values
        case "tick":
            return bool(last) or None
        case "number":
            return int(last) if last.isascii() and last.isdigit() and len(last) < 10 else last
        case "yuan":
            return _fen(last)
        case "digest":
            return last.lower()
        case "text" if one.name == "persons":
            return last.replace("、", " ").replace(",", " ").replace("，", " ").split()
        case _:
            return last


def handed_in(kinds: Sequence[str], said: Mapping[str, Sequence[str]]) -> list[dict[str, str]]:
    """Papers of these kinds, each as often as it was scanned, else once. Their scans stand in one field, by SHA-256."""
    return [
        {"kind": kind, "form": _last(said, f"form-{kind}"), **scan}
        for kind in kinds
        for scan in [{"sha256": digest} for digest in _last(said, f"scans-{kind}").split()] or [{}]
    ]


def _last(said: Mapping[str, Sequence[str]], name: str) -> str:
    return (said.get(name) or [""])[-1]


def _fen(yuan: str) -> int | str:
    """Yuan with at most two places as fen; what is none as it was typed."""
    try:
        fen = Decimal(yuan) * 100
    except InvalidOperation:
        return yuan
    return int(fen) if fen.is_finite() and fen == fen.to_integral_value() and abs(fen) < 10**13 else yuan
