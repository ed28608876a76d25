"""What an event refuses to be, and what may stand open in it."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError

from contracts.case import CaseAccepted, CaseReceived, Material, NoticeIssued, PartiesHeard
from contracts.catalogue import EVENTS, UnknownEvent, event_of
from contracts.events import Event, type_name
from contracts.fields import Ciphertext, Plain, instant_text
from contracts.reference import UnitOpened
from tests.contracts.examples import APPLICANT, RECEIVED, SCHEMAS

OPEN_TEXTS = {"case.FeeAssessed.v1.basis": "copied from the item version's fee_basis, which the catalogue publishes"}
"""Every open text outside reference data, with the reason why nobody typed it about a citizen."""

PERSONAL = "张三 13800138000"


def received(**other: Any) -> dict[str, Any]:
    return {"item": "i1", "item_version": 1, "channel": "window", "applicant": str(APPLICANT), **other}


def test_an_event_cannot_be_changed_once_it_is_said() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        RECEIVED.item = "another"
    with pytest.raises(ValidationError, match="frozen"):
        Material(kind="k", form="copy").kind = "other"


@pytest.mark.parametrize(
    "other",
    [
        {"colour": "red"},
        {"materials": [{"kind": "k", "form": "copy", "colour": "red"}]},
        {"item_version": True},
        {"item_version": "1"},
        {"item_version": 1.0},
        {"item_version": 0},
        {"imported": 1},
        {"imported": "true"},
        {"item": 7},
        {"item": ""},
        {"item": "i\n"},
        {"item": "i1\x00"},
        {"item": "i" * 1_000_000},
        {"channel": "pigeon"},
        {"materials": None},
        {"materials": [{"kind": "k", "form": "copy"}] * 101},
        {"applicant": f"{APPLICANT}\n"},
        {"applicant": "v1." + "A" * 1_000_000},
        {"applicant": None},
    ],
    ids=str,
)
def test_an_event_with_anything_unknown_mistyped_or_oversized_in_it_is_refused(other: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        event_of("sanji.case.CaseReceived.v1", received(**other))


@pytest.mark.parametrize("day", [0, 20261122, "2026-11-22T00:00:00Z", "2026-02-30", "22.11.2026", datetime.now(UTC)])
def test_a_day_is_a_calendar_day_and_nothing_else(day: Any) -> None:
    with pytest.raises(ValidationError):
        CaseAccepted(accepted_on=day)
    assert CaseAccepted.model_validate({"accepted_on": "2026-02-28"}).accepted_on == date(2026, 2, 28)


@pytest.mark.parametrize("name", ["村\x00", "\ud800", "", "村" * 201, 7, None, b"name"])
def test_open_text_is_text_that_every_reader_and_the_database_can_hold(name: Any) -> None:
    unit = {"code": "340400", "tier": "city", "sealing_key": "A" * 43, "anchor_key": "B" * 43}
    with pytest.raises(ValidationError):
        UnitOpened.model_validate({**unit, "name": name})
    assert UnitOpened.model_validate({**unit, "name": "淮南市政务服务中心"}).parent is None


def test_counts_of_working_days_and_people_are_never_negative() -> None:
    with pytest.raises(ValidationError):
        PartiesHeard(parties=-1)
    with pytest.raises(ValidationError):
        NoticeIssued(notice="receipt", number="1", seal="s", issued_on=date(2026, 1, 1), digest="A" * 64)


def test_what_a_clerk_typed_cannot_be_written_before_it_is_sealed() -> None:
    typed = CaseReceived(item="i1", item_version=1, channel="window", applicant=Plain(PERSONAL))
    with pytest.raises(PydanticSerializationError):
        typed.model_dump_json()
    with pytest.raises(PydanticSerializationError):
        typed.model_dump(mode="json")
    assert PERSONAL not in repr(typed)
    sealed = typed.model_copy(update={"applicant": APPLICANT})
    assert event_of(type_name(CaseReceived), sealed.model_dump(mode="json")) == sealed


def test_readable_text_where_a_seal_belongs_is_refused_and_not_repeated_in_the_complaint() -> None:
    with pytest.raises(ValidationError) as refused:
        event_of("sanji.case.CaseReceived.v1", received(applicant=PERSONAL))
    assert PERSONAL not in str(refused.value)
    assert isinstance(event_of("sanji.case.CaseReceived.v1", received()), CaseReceived)
    assert isinstance(CaseReceived.model_validate(received()).applicant, Ciphertext)


def open_texts(where: str, schema: Any, root: dict[str, Any]) -> Iterator[str]:
    """Places where somebody's name and number would fit: a text whose pattern or list of values lets them through."""
    match schema:
        case {"$ref": str(ref)}:
            yield from open_texts(where, root["$defs"][ref.rpartition("/")[2]], root)
        case {"x-sealed": True} | {"const": _} | {"enum": _}:
            return
        case {"anyOf": list(choices)}:
            for choice in choices:
                yield from open_texts(where, choice, root)
        case {"type": "object", "properties": dict(fields)}:
            for name, inner in fields.items():
                yield from open_texts(f"{where}.{name}", inner, root)
        case {"type": "array", "items": items}:
            yield from open_texts(where, items, root)
        case {"type": "string"}:
            if re.search(schema.get("pattern", ""), PERSONAL):
                yield where
        case {"type": "integer" | "boolean" | "null"}:
            return
        case _:
            yield f"{where}: not understood"


def found_open(kinds: set[str]) -> set[str]:
    return {
        place
        for name, schema in SCHEMAS.items()
        if name.partition(".")[0] in kinds
        for place in open_texts(name, schema, schema)
    }


def test_no_event_about_a_citizen_has_room_for_readable_text() -> None:
    reference = {"unit", "department", "window", "item", "delegation", "calendar", "clearance"}
    kinds = {event.kind for event in EVENTS.values()} | {"inbox"}
    assert {"case", "request", "supervision", "filing", "complaint", "rating", "question", "anchor"} <= kinds
    records = {"inbox.ForwardedRequest.v1.record"}  # a request's record as it was stored, whose texts are sealed in it
    assert found_open(kinds - reference) == OPEN_TEXTS.keys() | records
    assert "unit.UnitOpened.v1.name" in found_open(reference), "the search finds open text where there is some"


def test_two_events_cannot_have_one_name_on_the_wire() -> None:
    with pytest.raises(TypeError, match=r"sanji\.case\.CaseReceived\.v1"):
        type(
            "CaseReceived",
            (Event,),
            {"kind": "case", "__module__": __name__, "__annotations__": {"kind": "ClassVar[str]"}},
        )
    assert EVENTS["sanji.case.CaseReceived.v1"] is CaseReceived


def test_an_event_of_a_type_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownEvent):
        event_of("sanji.case.CaseReceived.v9", received())


@pytest.mark.parametrize(
    "year_and_text",
    [
        (datetime(987, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "0987-01-02T03:04:05.000006Z"),
        (datetime(2026, 11, 22, tzinfo=UTC), "2026-11-22T00:00:00.000000Z"),
    ],
)
def test_one_instant_is_written_in_one_way(year_and_text: tuple[datetime, str]) -> None:
    instant, text = year_and_text
    assert instant_text(instant) == text


def test_a_time_without_a_zone_is_never_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        instant_text(datetime(2026, 11, 22))  # noqa: DTZ001
