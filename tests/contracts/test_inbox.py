"""Messages between two units: what is handed over beside the records themselves."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.envelope import Envelope, Unreadable
from contracts.inbox import MAX_MESSAGE, MESSAGES, ForwardedRequest, Handover, Key, SendKey, read_inbox, write
from contracts.requests import RecallRequested
from tests.contracts.examples import CASE, data, record

HANDOVER = Handover(source="340403", case=CASE, to="340400", head="a" * 64, epoch=0, sealed_key="A" * 107)
WIRE = json.loads(write(HANDOVER))


@pytest.mark.parametrize("name", sorted(MESSAGES))
@settings(max_examples=15, deadline=None)
@given(drawn=st.data())
def test_every_message_arrives_as_it_was_sent(name: str, drawn: st.DataObject) -> None:
    said = drawn.draw(data(name.removeprefix("sanji.")))
    message = MESSAGES[name].model_validate({**said, "source": "340403", "case": CASE})
    assert read_inbox(write(message)) == message
    assert write(message) == write(message)


def test_a_stored_record_arrives_in_an_inbox_as_the_envelope_it_is() -> None:
    envelope = read_inbox(record())
    assert isinstance(envelope, Envelope)
    assert envelope.stream == CASE


def test_a_key_sent_to_two_units_is_two_messages() -> None:
    one, other = (Key(source="340403", case=CASE, to=to, sealed_key="A" * 80) for to in ("340400", "340404"))
    assert json.loads(write(one))["id"] != json.loads(write(other))["id"]


def test_a_forwarded_request_brings_the_very_bytes_that_were_stored() -> None:
    request = record(RecallRequested(case=CASE, epoch=0, term=1, reason="too-late"))
    message = ForwardedRequest(source="340403", case=CASE, to="340400", record=request.decode(), hops=1)
    arrived = read_inbox(write(message))
    assert isinstance(arrived, ForwardedRequest)
    assert arrived.record.encode() == request


def test_a_request_goes_round_no_more_than_four_times() -> None:
    with pytest.raises(ValueError, match="less than or equal to 4"):
        ForwardedRequest(source="340403", case=CASE, to="340400", record="{}", hops=5)


@pytest.mark.parametrize(
    "members",
    [
        {"colour": "red"},
        {"source": "city"},
        {"subject": "unit/340403"},
        {"subject": f"{CASE}\n"},
        {"type": "sanji.inbox.Handover.v2"},
        {"type": 7},
        {"specversion": "0.3"},
        {"data": {**WIRE["data"], "colour": "red"}},
        {"data": {**WIRE["data"], "source": "340499"}},
        {"data": {**WIRE["data"], "case": CASE}},
        {"data": {**WIRE["data"], "epoch": True}},
        {"data": {**WIRE["data"], "head": "A" * 64}},
        {"data": {"to": "340400"}},
        {"data": None},
    ],
    ids=str,
)
def test_a_message_that_is_not_what_it_says_is_unreadable(members: dict[str, Any]) -> None:
    assert read_inbox(json.dumps(WIRE).encode()) == HANDOVER
    with pytest.raises(Unreadable):
        read_inbox(json.dumps({**WIRE, **members}).encode())


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"[]",
        b"\xff",
        write(SendKey(source="340403", case=CASE, to="340400")).replace(b'"data":{', b'"data":{"to":"340499",'),
        write(HANDOVER) + b" " * MAX_MESSAGE,
        record() + b" " * MAX_MESSAGE,
        record() + b" " * (MAX_MESSAGE // 2),
    ],
    ids=[
        "empty",
        "array",
        "no text",
        "key twice",
        "message too large",
        "record too large",
        "record over its own limit",
    ],
)
def test_bytes_that_are_no_message_are_unreadable(value: bytes) -> None:
    with pytest.raises(Unreadable):
        read_inbox(value)
