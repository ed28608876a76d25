"""What Kafka should not hold, and in which order, is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.checked.sound import Sound, forged, violated
from tests.chaos.handmade.chains import CITY, TOWNSHIP, Chain
from tests.chaos.handmade.story import NAME, PHONE, World


def _swap(made: World) -> None:
    sent = made.sent["township.events"]
    sent[0], sent[1] = sent[1], sent[0]


def _flip(made: World) -> None:
    made.sent["city.events"][0] = replace(
        made.sent["city.events"][0], value=made.sent["city.events"][0].value.replace(b"arrived", b"Arrived")
    )
    made.sent["city.events"][1] = replace(
        made.sent["city.events"][1], value=made.sent["city.events"][1].value.replace(b'"C01"', b'"C02"')
    )


def _leak(text: str, said: bytes | None = None) -> Callable[[World], None]:
    def change(made: World) -> None:
        record = Chain("anchor/1").add("Noted", CITY, key="x", note=f"said by {text}, today")
        made.sent["inbox.340400"] += [replace(record, value=record.value.replace(text.encode(), said or text.encode()))]

    return change


SPOILT_TOPICS = {
    "an order that is not the chain's": ("topic_order", _swap),
    "a record that was never sent": ("unpublished", lambda made: made.sent["township.events"].pop()),
    "a record of which a byte was flipped": ("stranger", _flip),
    "an inbox that heard before the feed": ("early", lambda made: made.sent[f"inbox.{CITY}"].append(
        forged(lambda c: c.add("StepStarted", TOWNSHIP, key="x", step="s")).made[-1])),
    "a name": ("personal", _leak(NAME)),
    "a phone number": ("personal", _leak(PHONE)),
    "a name that is escaped": ("personal", _leak(NAME, NAME.encode("unicode_escape"))),
}  # fmt: skip


@pytest.mark.parametrize(("invariant", "change"), SPOILT_TOPICS.values(), ids=SPOILT_TOPICS)
async def test_what_kafka_should_not_hold_is_found(
    sound: Sound, invariant: str, change: Callable[[World], None]
) -> None:
    assert invariant in await violated(await sound.kafka(change))


async def test_copies_in_a_topic_are_no_disorder(sound: Sound) -> None:
    def again(made: World) -> None:
        made.sent["township.events"] += made.sent["township.events"][:4]

    assert await violated(await sound.kafka(again)) == set()


async def test_after_kafka_was_replaced_the_order_of_a_topic_says_nothing(sound: Sound) -> None:
    spoilt = await sound.kafka(_swap)
    assert await violated(replace(spoilt, clusters_replaced=True)) == set()
