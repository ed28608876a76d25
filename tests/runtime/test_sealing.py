"""Sealed fields, and secrets sealed for a unit or wrapped for its vault."""

from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticSerializationError

import contracts.catalogue  # noqa: F401  every event is registered
from contracts.case.receipt import CaseAccepted, CaseReceived, Material, SupplementRequested
from contracts.case.work import StepCompleted
from contracts.envelope import build, digest, read
from contracts.events import EVENTS, Event
from contracts.fields import Ciphertext, Plain, Sealed
from services.runtime import base64url
from services.runtime.sealed_events import AlreadySealed, NotSealed, has_sealed, open_event, seal_event, sealed_fields
from services.runtime.sealing import (
    CannotOpen,
    Secret,
    new_case_key,
    open_field,
    open_for_unit,
    seal_field,
    seal_for_unit,
    unwrap,
    wrap,
)

STREAM = "340405101-20261122-0017"
OTHER = "340405101-20261122-0018"
KEY = new_case_key()


def receipt(applicant: str = "王秀英 34040519600101002X") -> CaseReceived:
    return CaseReceived(
        item="birth-certificate", item_version=1, channel="window", applicant=Plain(applicant),
        materials=(Material(kind="identity", form="copy"),),
    )  # fmt: skip


class Paper(BaseModel):
    model_config = ConfigDict(frozen=True)
    kind: str
    note: Sealed | None = None


class Bundle(Event):
    """Sealed text at every depth that an event may have."""

    materials: tuple[Paper, ...] = ()
    cover: Paper | None = None
    notes: tuple[Sealed, ...] = ()
    count: int = 0


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_opens_at_its_place(text: str) -> None:
    assert open_field(seal_field(text, KEY, STREAM, 1, "note"), KEY, STREAM, 1, "note") == text


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert len({seal_field("同意", KEY, STREAM, 1, "note") for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("stream", "seq", "field"), [(OTHER, 1, "note"), (STREAM, 2, "note"), (STREAM, 1, "opinion"), (STREAM + "1", 1, "")]
)
def test_a_ciphertext_moved_to_another_place_is_refused(stream: str, seq: int, field: str) -> None:
    sealed = seal_field("同意", KEY, STREAM, 1, "note")
    with pytest.raises(CannotOpen):
        open_field(sealed, KEY, stream, seq, field)


def test_another_case_s_key_opens_nothing() -> None:
    with pytest.raises(CannotOpen):
        open_field(seal_field("同意", KEY, STREAM, 1, "note"), new_case_key(), STREAM, 1, "note")


def test_a_ciphertext_with_one_character_changed_is_refused() -> None:
    sealed = seal_field("同意", KEY, STREAM, 1, "note")
    for at, old in enumerate(sealed):
        for new in {"A", "z", "-", "+", "=", " ", "\n", "é"} - {old}:
            with pytest.raises(CannotOpen):
                open_field(Ciphertext(sealed[:at] + new + sealed[at + 1 :]), KEY, STREAM, 1, "note")


@pytest.mark.parametrize("text", ["", "v1.", "v1.AAAA", "v2." + "A" * 60, "v1." + "A" * 60, "v1.é"])
def test_what_is_no_ciphertext_is_refused(text: str) -> None:
    with pytest.raises(CannotOpen):
        open_field(Ciphertext(text), KEY, STREAM, 1, "note")


def test_plain_text_cannot_reach_a_record() -> None:
    with pytest.raises(PydanticSerializationError):
        record(receipt(), 1)


def test_a_sealed_receipt_travels_and_shows_nobody_s_name() -> None:
    value = record(seal_event(receipt(), KEY, STREAM, 1), 1)
    assert "王秀英" not in value.decode()
    assert "34040519600101002X" not in value.decode()
    envelope = read(value)
    arrived = CaseReceived.model_validate(envelope.data)
    assert open_event(arrived, KEY, STREAM, 1).applicant == receipt().applicant


def test_an_event_without_typed_text_is_left_as_it_is() -> None:
    accepted = CaseAccepted(accepted_on=datetime(2026, 11, 22, tzinfo=UTC).date())
    assert seal_event(accepted, KEY, STREAM, 2) is accepted
    step = StepCompleted(step="check", outcome="passed")
    assert seal_event(step, KEY, STREAM, 3) is step
    assert not has_sealed(step)
    assert has_sealed(receipt())


def test_text_at_any_depth_is_sealed_under_its_own_path() -> None:
    bundle = Bundle(
        materials=(Paper(kind="a", note=Plain("缺页")), Paper(kind="b"), Paper(kind="c", note=Plain("无章"))),
        cover=Paper(kind="d", note=Plain("封面")),
        notes=(Plain("一"), Plain("二")),
        count=3,
    )
    sealed = seal_event(bundle, KEY, STREAM, 4)
    assert sealed.materials[1] is bundle.materials[1]
    assert (sealed.count, sealed.materials[2].kind) == (3, "c")
    third = sealed.materials[2].note
    assert isinstance(third, Ciphertext)
    assert open_field(third, KEY, STREAM, 4, "materials.2.note") == "无章"
    assert all(isinstance(note, Ciphertext) for note in sealed.notes)
    assert open_event(sealed, KEY, STREAM, 4) == bundle


def test_notes_of_one_event_cannot_change_places() -> None:
    sealed = seal_event(Bundle(notes=(Plain("准"), Plain("不准"))), KEY, STREAM, 4)
    with pytest.raises(CannotOpen):
        open_event(Bundle(notes=(sealed.notes[1], sealed.notes[0])), KEY, STREAM, 4)


def test_a_draft_is_sealed_again_for_the_number_it_gets_after_a_lost_race() -> None:
    draft = SupplementRequested(missing=({"kind": "identity", "reason": "missing"},), note=Plain("请补身份证"))  # type: ignore[arg-type]
    first, second = seal_event(draft, KEY, STREAM, 3), seal_event(draft, KEY, STREAM, 4)
    assert open_event(second, KEY, STREAM, 4) == draft
    with pytest.raises(CannotOpen):
        open_event(first, KEY, STREAM, 4)


def test_a_ciphertext_taken_over_into_a_new_event_is_found_before_it_is_written() -> None:
    old = seal_event(receipt(), KEY, STREAM, 1)
    with pytest.raises(AlreadySealed, match="applicant"):
        seal_event(old, KEY, STREAM, 2)


def test_plain_text_in_a_stored_event_is_not_taken_for_opened() -> None:
    with pytest.raises(NotSealed):
        open_event(receipt(), KEY, STREAM, 1)


def test_every_event_that_can_carry_typed_text_is_known_to_the_sealer() -> None:
    for event in EVENTS.values():
        schema = event.model_json_schema()
        said = {name for name, field in schema.get("properties", {}).items() if marked(field, schema)}
        assert set(sealed_fields(event)) == said, event


def marked(part: Any, schema: dict[str, Any]) -> bool:
    """Whether this part of a JSON Schema allows sealed text, at any depth."""
    match part:
        case {"x-sealed": True}:
            return True
        case {"$ref": str(ref)}:
            return marked(schema["$defs"][ref.rsplit("/", 1)[1]], schema)
        case dict():
            return any(marked(inner, schema) for inner in part.values())
        case list():
            return any(marked(inner, schema) for inner in part)
        case _:
            return False


def test_without_its_key_a_case_s_chain_still_verifies() -> None:
    key = new_case_key()
    first = record(seal_event(receipt(), key, STREAM, 1), 1)
    note = StepCompleted(step="check", outcome="passed", note=Plain("家中无人"))
    second = record(seal_event(note, key, STREAM, 2), 2, prev=digest(first))
    del key
    assert read(second).prevhash == digest(first).hex()
    with pytest.raises(CannotOpen):
        open_event(CaseReceived.model_validate(read(first).data), new_case_key(), STREAM, 1)


def test_a_case_key_sealed_for_a_unit_opens_for_that_unit_alone() -> None:
    mine, theirs = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    sealed = seal_for_unit(KEY, mine.public_key(), "340405", STREAM, Secret.CASE_KEY)
    assert len(sealed) == len(KEY) + 48
    assert open_for_unit(sealed, mine, "340405", STREAM, Secret.CASE_KEY) == KEY
    with pytest.raises(CannotOpen):
        open_for_unit(sealed, theirs, "340405", STREAM, Secret.CASE_KEY)


@pytest.mark.parametrize(
    ("unit", "stream", "what"),
    [
        ("340406", STREAM, Secret.CASE_KEY),
        ("340405", OTHER, Secret.CASE_KEY),
        ("340405", STREAM, Secret.QUERY_CODE),
    ],
)
def test_a_sealed_key_is_worth_nothing_for_another_case_unit_or_purpose(unit: str, stream: str, what: Secret) -> None:
    private, wrapping = X25519PrivateKey.generate(), bytes(32)
    sealed = seal_for_unit(KEY, private.public_key(), "340405", STREAM, Secret.CASE_KEY)
    with pytest.raises(CannotOpen):
        open_for_unit(sealed, private, unit, stream, what)
    wrapped = wrap(KEY, wrapping, "340405", STREAM, Secret.CASE_KEY)
    assert unwrap(wrapped, wrapping, "340405", STREAM, Secret.CASE_KEY) == KEY
    with pytest.raises(CannotOpen):
        unwrap(wrapped, wrapping, unit, stream, what)


@given(st.binary(max_size=120))
def test_bytes_that_nobody_sealed_open_nowhere(value: bytes) -> None:
    with pytest.raises(CannotOpen):
        open_for_unit(value, X25519PrivateKey.generate(), "340405", STREAM, Secret.CASE_KEY)
    with pytest.raises(CannotOpen):
        unwrap(value, bytes(32), "340405", STREAM, Secret.CASE_KEY)


def record(event: Event, seq: int, prev: bytes | None = None) -> bytes:
    at = datetime(2026, 11, 22, 8, tzinfo=UTC)
    return build(
        event, stream=STREAM, seq=seq, epoch=0, term=0, unit="340405101", holder="340405101", actor="A01",
        time=at, recorded=at, command=bytes(32), prev=prev,
    )  # fmt: skip


def test_what_was_sealed_by_the_first_release_opens_for_ever() -> None:
    key, private = bytes(range(32)), X25519PrivateKey.from_private_bytes(bytes(range(32)))
    field = Ciphertext("v1.2bbOuZBGqf6xt-AVrb8PVRn0ABJkgHfxXhpAX6jEgq_vjw")
    wrapped = "5i2o8BddGoAuhj66hL58f-HyiVkqLmFq3bc42DxbzT3LSmTDk2wxVKoX1wTY8XqvuBiRQIqnJS3R41IC"
    handed = (
        "dxTJ1vegtDe13SoygZ5a9kpc76BwGGlUh7DaGsbOqApl9pER3t7fsExXjlpAVZG5mGQ1ceUSnXh4Oy27s46WlYd_IvOeIO5zeZmGBRgTs5w"
    )
    assert open_field(field, key, STREAM, 7, "note") == "同意"
    assert unwrap(base64url.decode(wrapped), bytes(32), "340405", STREAM, Secret.CASE_KEY) == key
    assert open_for_unit(base64url.decode(handed), private, "340405", STREAM, Secret.CASE_KEY) == key
