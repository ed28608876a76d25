"""Examples of everything that can travel, drawn from the JSON Schemas and not from the models."""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from contracts.case import CaseReceived
from contracts.catalogue import EVENTS, event_of
from contracts.envelope import build
from contracts.events import Event
from contracts.fields import Ciphertext, instant_text
from contracts.generate import schemas

SCHEMAS = schemas()
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
CASE = "340403-20261122-0007"
APPLICANT = Ciphertext("v1." + "A" * 60)
RECEIVED = CaseReceived(item="birth-certificate", item_version=3, channel="window", applicant=APPLICANT)

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=8)), timezone(-timedelta(hours=9, minutes=30))])
INSTANTS = st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=ZONES)  # noqa: DTZ001
TEXT = st.characters(exclude_categories=("Cs",), exclude_characters="\0")


def record(event: Event = RECEIVED, **place: Any) -> bytes:
    """A record of this event; the place where it stands unless told otherwise: first event of a case, at noon."""
    told: dict[str, Any] = {
        "stream": CASE if event.kind == "case" else f"{event.kind}/x1",
        "seq": 1,
        "epoch": 0,
        "term": 0,
        "unit": "340403",
        "holder": "340403",
        "actor": "u-17",
        "time": NOON,
        "recorded": NOON,
        "command": b"c" * 32,
        "prev": None,
    }
    return build(event, **{**told, **place})


def data(name: str) -> st.SearchStrategy[Any]:
    """What the schema of this name (`case.CaseReceived.v1`) allows."""
    return _of(SCHEMAS[name], SCHEMAS[name])


def events() -> st.SearchStrategy[Event]:
    """Any event of any type."""
    return st.sampled_from(sorted(EVENTS)).flatmap(events_of)


def events_of(type_name: str) -> st.SearchStrategy[Event]:
    return data(type_name.removeprefix("sanji.")).map(lambda found: event_of(type_name, found))


def _of(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    match schema:
        case {"$ref": str(ref)}:
            return _of(root["$defs"][ref.rpartition("/")[2]], root)
        case {"anyOf": choices}:
            return st.one_of([_of(choice, root) for choice in choices])
        case {"const": value}:
            return st.just(value)
        case {"enum": values}:
            return st.sampled_from(values)
        case {"type": "object"}:
            return _object(schema, root)
        case {"type": "array", "items": items}:
            fewest = schema.get("minItems", 0)
            most = min(fewest + 2, schema.get("maxItems", fewest + 2))
            return st.lists(_of(items, root), min_size=fewest, max_size=most)
        case {"type": "integer"}:
            return st.integers(schema["minimum"], schema["maximum"])
        case {"type": "boolean"}:
            return st.booleans()
        case {"type": "null"}:
            return st.none()
        case {"format": "date-time"}:
            return INSTANTS.map(instant_text)
        case {"format": "date"}:
            return st.dates(date(1, 1, 1)).map(date.isoformat)
        case {"pattern": "^[^\\u0000]*$"}:
            return st.text(TEXT, min_size=schema.get("minLength", 0), max_size=40)
        case {"pattern": str(pattern)}:
            inner = re.compile(pattern.removeprefix("^").removesuffix("$"), re.ASCII)
            return st.from_regex(inner, fullmatch=True).filter(lambda text: len(text) <= schema.get("maxLength", 10**6))
        case _:
            raise AssertionError(f"no example for {schema}")


def _object(schema: dict[str, Any], root: dict[str, Any]) -> st.SearchStrategy[Any]:
    fields = {name: _of(inner, root) for name, inner in schema.get("properties", {}).items()}
    required = set(schema.get("required", ()))
    return st.fixed_dictionaries(
        {name: fields[name] for name in fields if name in required},
        optional={name: fields[name] for name in fields if name not in required},
    )
