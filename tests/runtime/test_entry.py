"""What a follower reads of a record is what reading it in full gives."""

import json
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.case import CaseClaimed, ReferralAcknowledged, StepCompleted, StepStarted
from contracts.catalogue import event_of
from contracts.envelope import read
from contracts.events import Event, type_name
from services.runtime import entry
from services.runtime.entry import CASES, stored_event
from tests.contracts.examples import events, record
from tests.runtime.logs import draft, number, rows, steps, writing


def in_full(value: bytes) -> Event:
    envelope = read(value)
    return event_of(envelope.type, envelope.data)


@settings(max_examples=300, deadline=None)
@given(events())
def test_the_shortcut_to_the_data_gives_the_same_event(event: Event) -> None:
    value = record(event)
    assert stored_event(type_name(type(event)), value) == in_full(value) == event


@settings(max_examples=300, deadline=None)
@given(events(), st.randoms(), st.sampled_from([(",", ":"), (", ", ": "), (",", ": ")]))
def test_members_in_any_order_and_spacing_are_read_as_well(event: Event, order: object, marks: tuple[str, str]) -> None:
    members = list(json.loads(record(event)).items())
    order.shuffle(members)  # type: ignore[attr-defined]
    value = json.dumps(dict(members), separators=marks, ensure_ascii=False).encode()
    assert stored_event(type_name(type(event)), value) == in_full(value)


def test_text_that_looks_like_the_data_does_not_deceive() -> None:
    found = json.loads(record())
    found["dataschema"] = ',"data":{"item":"another"}'
    for value in (json.dumps(found, separators=(",", ":")), json.dumps({"data": found.pop("data"), **found})):
        assert stored_event(found["type"], value.encode()) == in_full(value.encode())


async def test_instants_keep_their_microseconds(database: str) -> None:
    at = [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2008, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 11, 23, 1, 2, 3, 4567, tzinfo=UTC),
        datetime(2199, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
    ]
    async with writing(database) as log:
        for n, instant in enumerate(at):
            await log.append(draft(rows(number(n), [StepStarted(step="s")], at=instant)))
        found, reached = await entry.after(log.pool, 0, len(at), CASES, (), 10)
    assert [(e.time, e.recorded) for e in found] == [(instant, instant) for instant in at]
    assert reached == len(at)


async def test_a_page_that_is_full_ends_where_it_ends_and_a_kind_of_no_rows_passes_all_by(database: str) -> None:
    async with writing(database) as log:
        for n in range(5):
            await log.append(steps(number(n)))
        found, reached = await entry.after(log.pool, 1, 5, CASES, (), 2)
        assert ([e.pos for e in found], reached) == ([2, 3], 3)
        assert await entry.after(log.pool, 0, 5, "sanji.unit.", (), 2) == ([], 5)
        assert await entry.beside(log.pool, 0, 5, 10) == ([], 5)
        assert [e.event for e in found] == [None, None]
        kind = found[0].type
        asked, _ = await entry.after(log.pool, 0, 5, CASES, (kind,), 10)
        assert all(e.event is not None and type_name(type(e.event)) == kind for e in asked)
        heard, _ = await entry.after(log.pool, 0, 5, CASES, (), 10, entry.bare([kind]))
        assert {type(e.event) for e in heard} == {type(e.event) for e in asked}


def test_records_that_say_the_same_are_parsed_once_and_never_taken_for_another_type() -> None:
    started, completed = StepStarted(step="review"), StepCompleted(step="review", outcome="done")
    said = [stored_event(type_name(type(event)), record(event)) for event in (started, started, completed)]
    assert said == [started, started, completed]
    assert said[0] is said[1]
    claimed = CaseClaimed(person="A01")
    assert stored_event(type_name(ReferralAcknowledged), record(ReferralAcknowledged(person="A01"))) != claimed
    assert stored_event(type_name(CaseClaimed), record(claimed)) == claimed
