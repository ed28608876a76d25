"""A record's bytes: what goes in comes out, and whatever contradicts itself is refused."""

import json
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticSerializationError

from contracts.case import CaseReceived, SupplementReceived
from contracts.case.receipt import Material
from contracts.catalogue import EVENTS, event_of
from contracts.envelope import (
    MAX_RECORD,
    TooLarge,
    Unreadable,
    build,
    command_id,
    digest,
    founding_unit,
    is_case,
    read,
    stored_data,
)
from contracts.events import Event, type_name
from contracts.fields import Ciphertext, Plain
from contracts.reference import ItemRetired
from tests.contracts.examples import CASE, INSTANTS, NOON, RECEIVED, events_of, record

TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
FIRST = json.loads(record())
SECOND = json.loads(record(seq=2, term=1, prev=digest(record()), traceparent=TRACE))


def changed(**members: Any) -> bytes:
    """The first record with other members; `...` takes one away."""
    return json.dumps({k: v for k, v in {**FIRST, **members}.items() if v is not ...}).encode()


@pytest.mark.parametrize("name", sorted(EVENTS))
@settings(max_examples=8, deadline=None)
@given(drawn=st.data())
def test_every_event_comes_out_of_its_record_as_it_went_in(name: str, drawn: st.DataObject) -> None:
    event = drawn.draw(events_of(name))
    time, recorded = drawn.draw(INSTANTS), drawn.draw(INSTANTS)
    seq, command = drawn.draw(st.integers(1, 2**31 - 1)), drawn.draw(st.binary(min_size=32, max_size=32))
    prev = None if seq == 1 else drawn.draw(st.binary(min_size=32, max_size=32))

    value = record(event, seq=seq, time=time, recorded=recorded, command=command, prev=prev, traceparent=TRACE)
    envelope = read(value)

    assert event_of(envelope.type, envelope.data) == event
    assert type(event) is EVENTS[envelope.type]
    assert (envelope.time, envelope.recorded, envelope.seq) == (time, recorded, seq)
    assert (envelope.command, envelope.prevhash) == (command.hex(), prev.hex() if prev else None)
    assert stored_data(value) == envelope.data
    again = build(
        event,
        stream=envelope.stream,
        seq=envelope.seq,
        epoch=envelope.epoch,
        term=envelope.term,
        unit=envelope.unit,
        holder=envelope.holder,
        actor=envelope.actor,
        time=envelope.time,
        recorded=envelope.recorded,
        command=bytes.fromhex(envelope.command),
        prev=bytes.fromhex(envelope.prevhash) if envelope.prevhash else None,
        traceparent=envelope.traceparent,
    )
    assert again == value


def test_the_hash_is_that_of_the_bytes_and_the_next_event_carries_it() -> None:
    first = record()
    second = record(SupplementReceived(materials=(Material(kind="k", form="copy"),)), seq=2, prev=digest(first))
    assert digest(first) == sha256(first).digest()
    assert read(second).prevhash == sha256(first).hexdigest()
    assert digest(first) != digest(first + b" ")


def test_the_record_is_the_same_whatever_machine_wrote_it() -> None:
    assert record().decode() == (
        '{"specversion":"1.0","id":"340403-20261122-0007:1","type":"sanji.case.CaseReceived.v1","source":"340403",'
        '"subject":"340403-20261122-0007","time":"2026-11-22T04:00:00.000000Z","datacontenttype":"application/json",'
        '"dataschema":"urn:sanji:schema:case.CaseReceived.v1","seq":1,"epoch":0,"term":0,"holder":"340403",'
        f'"actor":"u-17","recorded":"2026-11-22T04:00:00.000000Z","command":"{"63" * 32}",'
        f'"data":{{"item":"birth-certificate","item_version":3,"channel":"window","applicant":"v1.{"A" * 60}",'
        '"materials":[],"imported":false}}'
    )


@pytest.mark.parametrize(
    "members",
    [
        {"id": f"{CASE}:2"},
        {"id": "340403-20261122-0008:1"},
        {"prevhash": "0" * 64},
        {"seq": 2, "id": f"{CASE}:2"},
        {"type": "sanji.unit.UnitOpened.v1"},
        {"type": "sanji.case.CaseReceived"},
        {"type": "com.example.thing.v1"},
        {"subject": "item/x1", "id": "item/x1:1"},
        {"subject": f"{CASE}\n", "id": f"{CASE}\n:1"},
        {"seq": True},
        {"seq": "1"},
        {"seq": 1.0},
        {"seq": 0, "id": f"{CASE}:0"},
        {"epoch": -1},
        {"term": 2**31},
        {"time": 0},
        {"time": 1_700_000_000},
        {"time": "2026-11-22T04:00:00"},
        {"time": "2026-11-22"},
        {"time": "2026-11-22T04:00:00.000000Z\n"},
        {"time": "2026-11-22T24:00:00Z"},
        {"time": "0001-01-01T00:00:00+23:00"},
        {"time": "٢٠٢٦-11-22T04:00:00Z"},
        {"recorded": None},
        {"source": "340"},
        {"source": "city"},
        {"holder": ...},
        {"command": "C" * 64},
        {"command": "c" * 63},
        {"actor": "张三"},
        {"specversion": "0.3"},
        {"datacontenttype": "text/plain"},
        {"traceparent": "00-x"},
        {"data": []},
        {"data": ...},
        {"colour": "red"},
    ],
    ids=str,
)
def test_an_envelope_that_contradicts_itself_or_the_rules_is_unreadable(members: dict[str, Any]) -> None:
    assert read(changed()) == read(record())
    with pytest.raises(Unreadable):
        read(changed(**members))


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"{",
        record() + b"{}",
        record()[:-1],
        b"[" * 100_000,
        b'{"a":' * 20_000,
        record().replace(b'"seq":1', b'"seq":' + b"1" * 10_000),
        record().replace(b'"item_version":3', b'"item_version":NaN'),
        record().replace(b'"item_version":3', b'"item_version":Infinity'),
        record().replace(b"birth", b"\xed\xa0\x80"),
        record().replace(b"birth", b"\\ud800"),
        record().replace(b"birth", b"\\u0000"),
        record().replace(b"birth", b"\\\\\\u0000"),
        record().replace(b"birth", b"\x00"),
        record().replace(b'"seq":1', b'"seq":1,"seq":1'),
        record().replace(b'"seq":1', b'"seq":7,"s\\u0065q":1'),
        record().replace(b'"item_version":3', b'"item_version":9,"item_version":3'),
        record().replace(b'"materials":[]', b'"materials":[{"kind":"a","kind":"b"}]'),
    ],
)
def test_bytes_that_two_readers_could_understand_differently_are_unreadable(value: bytes) -> None:
    with pytest.raises(Unreadable):
        read(value)


def test_another_programs_spacing_order_and_escapes_are_no_fault() -> None:
    turned = dict(reversed(SECOND.items()))
    assert read(json.dumps(turned, indent=1, ensure_ascii=True).encode()) == read(json.dumps(SECOND).encode())
    backslash = ItemRetired.model_validate({"ground": "C:\\u0000 is a path", "retired_on": "2026-01-01"})
    assert read(record(backslash)).data["ground"] == "C:\\u0000 is a path"


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(record()) - 1), by=st.binary(max_size=3))
def test_damaged_bytes_are_read_or_unreadable_and_nothing_else(at: int, by: bytes) -> None:
    with suppress(Unreadable):
        read(record()[:at] + by + record()[at + 1 :])


def test_a_record_over_the_limit_is_neither_built_nor_read() -> None:
    papers = tuple(Material(kind="k" * 64, form="copy", sha256="f" * 64) for _ in range(100))
    full = CaseReceived(item="i", item_version=1, channel="window", applicant=RECEIVED.applicant, materials=papers)
    assert len(record(full)) < MAX_RECORD, "the largest lawful receipt fits"
    swollen = RECEIVED.model_copy(update={"applicant": Ciphertext("v1." + "A" * MAX_RECORD)})
    with pytest.raises(TooLarge):
        record(swollen)
    with pytest.raises(Unreadable, match="over"):
        read(record() + b" " * MAX_RECORD)


def test_plain_text_gets_into_no_record() -> None:
    with pytest.raises(PydanticSerializationError):
        record(CaseReceived(item="i", item_version=1, channel="window", applicant=Plain("张三")))


@pytest.mark.parametrize(
    "place",
    [
        {"stream": 'x","y":"'},
        {"stream": "item/x1"},
        {"stream": "340403-20261122-0007|340403"},
        {"unit": "city"},
        {"holder": "340403\n"},
        {"actor": "张三"},
        {"actor": ""},
        {"traceparent": "x"},
        {"seq": 0},
        {"seq": 2},
        {"seq": 2**31, "prev": b"p" * 32},
        {"prev": b"p" * 32},
        {"seq": 2, "prev": b"p"},
        {"epoch": -1},
        {"term": 2**31},
        {"command": b""},
        {"time": datetime(2026, 11, 22)},  # noqa: DTZ001
        {"recorded": datetime(2026, 11, 22)},  # noqa: DTZ001
    ],
    ids=str,
)
def test_nothing_is_written_that_could_not_be_read(place: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        record(**place)


def test_only_the_unit_in_the_number_founds_a_case() -> None:
    assert founding_unit(CASE) == "340403"
    assert founding_unit("unit/340403") is None
    assert founding_unit(f"{CASE}\n") is None
    assert is_case(CASE)
    assert not is_case("unit/340403")


def test_the_same_key_at_two_units_is_two_commands() -> None:
    assert command_id("340403", "k") != command_id("340404", "k")
    assert command_id("340403", "k") == sha256(b"340403\0k").digest()


def test_every_type_belongs_to_one_kind_of_stream() -> None:
    for name, event in EVENTS.items():
        assert name == type_name(event) == f"sanji.{event.kind}.{event.__name__}.v{event.version}"
        assert issubclass(event, Event)
    assert read(record(time=NOON)).time == NOON
