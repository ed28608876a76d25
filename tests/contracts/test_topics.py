"""Which topic a record goes to."""

import re

import pytest

from contracts.asyncapi import PORTAL_KINDS, document
from contracts.catalogue import EVENTS
from contracts.reference import ReferenceFact
from contracts.topics import FEED_PARTITIONS, REFERENCE_KINDS, TIERS, Topics
from tests.contracts.examples import CASE, SCHEMAS


def test_a_tiers_feed_an_inbox_and_the_reference_topic_have_the_names_the_operators_know() -> None:
    plain, prefixed = Topics(), Topics("hn.")
    assert plain.feeds == ("city.events", "district.events", "township.events", "portal.events")
    assert (plain.reference, plain.inbox("340403"), plain.deadletter("city")) == (
        "reference.events",
        "inbox.340403",
        "deadletter.city",
    )
    assert prefixed.feed("township") == "hn.township.events"
    assert prefixed.inbox("portal") == "hn.inbox.portal"


@pytest.mark.parametrize("tier", TIERS)
def test_reference_data_goes_to_its_own_topic_and_all_else_to_the_writers_feed(tier: str) -> None:
    topics = Topics("p.")
    for event in EVENTS.values():
        stream = CASE if event.kind == "case" else f"{event.kind}/x1"
        expected = "p.reference.events" if issubclass(event, ReferenceFact) else f"p.{tier}.events"
        assert topics.of(stream, tier) == expected
    assert {event.kind for event in EVENTS.values() if issubclass(event, ReferenceFact)} == REFERENCE_KINDS


def test_every_topic_name_is_one_that_kafka_takes() -> None:
    topics = Topics("hn-2.")
    names = (*topics.feeds, topics.reference, topics.inbox("340403001"), topics.deadletter("township"))
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]{1,249}", name) for name in names)


def test_the_document_names_the_same_topics_and_every_event_stands_on_one() -> None:
    channels = document(SCHEMAS, "1")["channels"]
    topics = Topics("{prefix}")
    addresses = {channel["address"] for channel in channels.values()}
    assert addresses == {*topics.feeds, topics.reference, topics.inbox("{unit}"), topics.deadletter("{service}")}
    feeds = {name: channel["messages"].keys() for name, channel in channels.items() if name.endswith("Events")}
    for name, event in EVENTS.items():
        stream = CASE if event.kind == "case" else f"{event.kind}/x1"
        tier = "portal" if event.kind in PORTAL_KINDS else "township"
        channel = next(key for key, value in channels.items() if value["address"] == topics.of(stream, tier))
        assert name in feeds[channel], f"{name} goes to {channel}, which does not say so"
    assert all(channels[feed]["bindings"]["kafka"]["partitions"] == FEED_PARTITIONS for feed in feeds)
    assert not any(name.startswith("sanji.case.") for name in feeds["portalEvents"]), "the portal writes no case event"
