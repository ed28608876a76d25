"""Subscribers without Kafka: everything at least once, in the order of each case; whoever fails holds only himself."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Sequence

import pytest

from contracts.case import StepStarted
from contracts.events import type_name
from services.runtime.log import Log
from services.runtime.row import Row
from services.runtime.webhooks.hooks import Webhooks
from services.runtime.webhooks.posting import Away, NotAllowed
from services.runtime.webhooks.sending import MOST_WAITING, Patience
from services.runtime.webhooks.subscriptions import KeyReused, Subscriptions, UrlRefused
from tests.journeys.waiting import until
from tests.runtime.logs import HERE, THERE, draft, number, rows, running, steps, stored, writing
from tests.runtime.subscribers import ORIGIN, Sent, Subscriber, listening

WRAPPING = {HERE: b"k" * 32}
HURRIED = Patience(first=0.05, longest=0.2, tries=3, away_first=0.05, away_longest=0.2, away_for=3600)
NEVER = Patience(first=0.05, longest=0.2, tries=10**6, away_first=0.05, away_longest=0.2, away_for=3600)


@pytest.fixture
async def log(database: str) -> AsyncIterator[Log]:
    async with writing(database) as log:
        yield log


def hooks(log: Log, patience: Patience = HURRIED) -> Webhooks:
    return Webhooks(log.pool, log.tide, WRAPPING, ORIGIN, patience)


def subscriptions(log: Log, *hosts: str) -> Subscriptions:
    return Subscriptions(log.pool, WRAPPING, frozenset(hosts or ("127.0.0.1",)), ORIGIN)


async def subscribed(
    log: Log,
    subscriber: Subscriber,
    key: str = "a",
    *,
    types: Sequence[str] | None = None,
    units: Sequence[str] | None = None,
    sending: Webhooks | None = None,
) -> str:
    """`sending` is told, as the route tells it."""
    row, _ = await subscriptions(log).make(key, subscriber.url, types, units, from_first=True)
    if sending is not None:
        sending.changed()
    return str(row["id"])


async def history(log: Log, cases: int, events: int) -> None:
    """So many cases, event by event beside each other."""
    last: list[Row | None] = [None] * cases
    for _ in range(events):
        drafts = [steps(number(n), 1, last[n]) for n in range(cases)]
        await asyncio.gather(*(log.append(one) for one in drafts))
        last = [one.rows[-1] for one in drafts]


async def state(log: Log, webhook: str) -> dict[str, object]:
    row = await subscriptions(log).one(webhook)
    assert row is not None
    return dict(row)


async def test_a_subscriber_is_sent_every_event_as_it_lies_in_the_log_signed_and_in_the_order_of_each_case(
    log: Log,
) -> None:
    sending = hooks(log)
    async with listening(Subscriber()) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await history(log, 5, 30)
        await subscriber.until(lambda: len(subscriber.taken) == 150)
        row = await subscriptions(log).one(webhook)
        assert row is not None
        secret = subscriptions(log).secret(row)
        assert all(sent.is_signed_with(secret) for sent in subscriber.taken)
        assert [subscriber.told(number(n)) for n in range(5)] == [list(range(1, 31))] * 5
        assert {sent.body for sent in subscriber.taken} == {value for (value,) in await stored(log.pool, "value")}
        assert {sent.headers["content-type"] for sent in subscriber.taken} == {
            "application/cloudevents+json; charset=utf-8"
        }


async def test_he_is_sent_what_he_asked_for_only(log: Log) -> None:
    sending = hooks(log)
    async with listening(Subscriber()) as subscriber, listening(Subscriber()) as other, running(sending):
        await subscribed(log, subscriber, "a", types=[type_name(StepStarted)], units=[THERE], sending=sending)
        await subscribed(log, other, "b", types=["sanji.case.CaseReceived.v1"], sending=sending)
        await log.append(steps(number(1)))
        told = rows(number(2, THERE), [StepStarted(step="review")], unit=THERE)
        await log.append(draft(told))
        held_there = rows(number(3), [StepStarted(step="review")], holder=THERE)
        await log.append(draft(held_there))
        await subscriber.until(lambda: len(subscriber.taken) == 2)
        assert {sent.stream for sent in subscriber.taken} == {number(2, THERE), number(3)}
        assert not other.taken


@contextlib.asynccontextmanager
async def another_hears_all(log: Log) -> AsyncIterator[None]:
    """Three cases of twenty events each are written, and a subscriber beside the others has them all."""
    sending = hooks(log)
    async with listening(Subscriber()) as subscriber, running(sending):
        await subscribed(log, subscriber, "here", sending=sending)
        await history(log, 3, 20)
        await subscriber.until(lambda: len(subscriber.taken) == 60)
        yield


async def test_a_subscriber_who_is_away_slows_nobody_and_has_everything_when_he_is_back(log: Log) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
    away = Subscriber()
    async with listening(away, port):
        webhook = await subscribed(log, away, "away")
    async with another_hears_all(log):
        said = await until(lambda: state(log, webhook), lambda said: said["tries"] != 0, 30)
        assert said["away_since"] is not None
        assert (said["problem"], said["pos"], said["delivered"], said["waiting"]) == ("ConnectError", 0, 0, 0)
        async with listening(away, port):
            await away.until(lambda: len(away.taken) >= 60)
            assert [away.told(number(n)) for n in range(3)] == [list(range(1, 21))] * 3
            said = await until(lambda: state(log, webhook), lambda said: said["delivered"] == 60, 30)
            assert (said["away_since"], said["problem"], said["behind"]) == (None, None, 0)


async def test_a_subscriber_who_never_answers_holds_nobody(log: Log) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if b"OPTIONS" not in options:
            options.append(b"OPTIONS")
            writer.write(b"HTTP/1.1 200 X\r\nWebHook-Allowed-Origin: *\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        await ended.wait()
        writer.close()

    options: list[bytes] = []
    ended = asyncio.Event()
    silent = Subscriber()
    async with await asyncio.start_server(never, "127.0.0.1", 0) as server:
        silent.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        webhook = await subscribed(log, silent, "silent")
        async with another_hears_all(log):
            assert (await state(log, webhook))["pos"] == 0
        ended.set()


def refusing(stream: str, seq: int) -> Callable[[Sent], int]:
    return lambda sent: 422 if (sent.stream, sent.seq) == (stream, seq) else 204


async def test_what_he_refuses_steps_aside_with_its_case_and_the_others_go_on(log: Log) -> None:
    sending = hooks(log, NEVER)
    async with listening(Subscriber(refusing(number(1), 3))) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await history(log, 3, 6)
        await subscriber.until(lambda: len(subscriber.taken) == 14 and len(subscriber.refused) > 2)
        assert [subscriber.told(number(n)) for n in range(3)] == [[1, 2, 3, 4, 5, 6], [1, 2], [1, 2, 3, 4, 5, 6]]
        said = await state(log, webhook)
        assert (said["waiting"], said["dead"], said["behind"]) == (4, 0, 0)
        subscriber.answer = lambda _: 200
        await subscriber.until(lambda: len(subscriber.taken) == 18)
        assert subscriber.told(number(1)) == [1, 2, 3, 4, 5, 6]
        assert (await until(lambda: state(log, webhook), lambda said: said["waiting"] == 0, 30))["delivered"] == 18


async def test_what_he_refuses_to_the_end_is_given_up_and_can_be_sent_again(log: Log) -> None:
    sending = hooks(log)
    async with listening(Subscriber(refusing(number(1), 3))) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await history(log, 3, 6)
        await subscriber.until(lambda: len(subscriber.taken) == 17)
        assert subscriber.told(number(1)) == [1, 2, 4, 5, 6]
        assert len(subscriber.refused) == HURRIED.tries
        said = await until(lambda: state(log, webhook), lambda said: said["waiting"] == 0, 30)
        assert said["dead"] == 1
        (dead,) = await subscriptions(log).dead(webhook, 0, 10)
        assert (dead["stream"], dead["tries"], dead["problem"]) == (number(1), HURRIED.tries, "status 422")
        subscriber.answer = lambda _: 200
        await subscriptions(log).replay_dead(webhook, [dead["pos"]])
        sending.changed()
        await subscriber.until(lambda: len(subscriber.taken) == 18)
        assert subscriber.told(number(1)) == [1, 2, 4, 5, 6, 3]
        assert (await until(lambda: state(log, webhook), lambda said: said["delivered"] == 18, 30))["dead"] == 0


async def test_who_refuses_everything_is_taken_to_be_at_fault_himself(log: Log) -> None:
    async with listening(Subscriber(lambda _: 401)) as subscriber:
        webhook = await subscribed(log, subscriber)
        await history(log, 30, 2)
        async with running(hooks(log)):
            said = await until(lambda: state(log, webhook), lambda said: said["tries"] != 0, 30)
            assert (said["waiting"], said["dead"], said["pos"]) == (0, 0, 0)
            assert said["problem"] == "everything is refused: status 401"
            subscriber.answer = lambda _: 204
            await subscriber.until(lambda: len(subscriber.taken) == 60)


async def test_no_more_than_so_much_waits_for_one_subscriber_while_he_refuses_it(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.webhooks.sending.MOST_WAITING", 10)
    assert MOST_WAITING > 10
    monkeypatch.setattr("services.runtime.webhooks.sending.PAGE", 8)
    async with listening(Subscriber(lambda sent: 422 if sent.stream != number(0) else 200)) as subscriber:
        webhook = await subscribed(log, subscriber)
        await history(log, 4, 20)
        async with running(hooks(log, NEVER)):
            said = await until(lambda: state(log, webhook), lambda said: said["waiting"] in range(10, 18), 30)  # type: ignore[operator]
            await subscriber.until(lambda: len(subscriber.refused) > 30)
            assert (await state(log, webhook))["pos"] == said["pos"]
            subscriber.answer = lambda _: 200
            await subscriber.until(lambda: len(subscriber.taken) == 80)
            assert [subscriber.told(number(n)) for n in range(4)] == [list(range(1, 21))] * 4


async def test_who_asks_to_be_left_alone_is(log: Log) -> None:
    sending = hooks(log)
    async with listening(Subscriber(lambda _: 429, headers={"Retry-After": "300"})) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await log.append(steps(number(1)))
        await until(lambda: state(log, webhook), lambda said: said["tries"] == 1, 30)
        wait = await log.pool.fetchval("select date_part('epoch', next_try - now()) from webhook")
        assert 250 < wait <= 300
        assert len(subscriber.refused) == 1


async def test_who_wants_nothing_more_is_stopped_until_he_is_resumed(log: Log) -> None:
    sending = hooks(log)
    async with listening(Subscriber(lambda _: 410)) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await log.append(steps(number(1), 3))
        said = await until(lambda: state(log, webhook), lambda said: said["state"] == "stopped", 30)
        assert said["problem"] == "status 410"
        subscriber.answer = lambda _: 200
        await subscriptions(log).set_state(webhook, "active")
        sending.changed()
        await subscriber.until(lambda: len(subscriber.taken) == 3)


async def test_who_is_away_for_too_long_is_stopped_and_misses_nothing(log: Log) -> None:
    sending = hooks(log, Patience(away_first=0.02, away_longest=0.05, away_for=0.3))
    async with listening(Subscriber(lambda _: 503)) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await log.append(steps(number(1), 3))
        await until(lambda: state(log, webhook), lambda said: said["state"] == "stopped", 30)
        subscriber.answer = lambda _: 200
        await subscriptions(log).set_state(webhook, "active")
        sending.changed()
        await subscriber.until(lambda: len(subscriber.taken) == 3)
        assert subscriber.told(number(1)) == [1, 2, 3]


async def test_whoever_is_paused_is_sent_what_he_missed_when_he_goes_on(log: Log) -> None:
    sending = hooks(log)
    async with listening(Subscriber()) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await subscriptions(log).set_state(webhook, "paused")
        await log.append(steps(number(1), 3))
        sending.changed()
        assert not subscriber.taken
        await subscriptions(log).set_state(webhook, "active")
        sending.changed()
        await subscriber.until(lambda: len(subscriber.taken) == 3)


async def test_of_two_processes_of_a_service_one_sends(log: Log) -> None:
    first, second = hooks(log), hooks(log)
    async with listening(Subscriber()) as subscriber, running(first, second):
        await subscribed(log, subscriber, sending=first)
        second.changed()
        await history(log, 3, 10)
        await subscriber.until(lambda: len(subscriber.taken) >= 30)
        assert [subscriber.told(number(n)) for n in range(3)] == [list(range(1, 11))] * 3


async def test_another_process_goes_on_where_one_that_died_had_come_to(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.runtime.webhooks.hooks.LEASE", 0.5)
    monkeypatch.setattr("services.runtime.webhooks.hooks.RENEW", 0.1)
    async with listening(Subscriber()) as subscriber:
        webhook = await subscribed(log, subscriber)
        await history(log, 2, 5)
        async with running(hooks(log)):
            await subscriber.until(lambda: len(subscriber.taken) == 10)
            await until(lambda: state(log, webhook), lambda said: said["pos"] == 10, 30)
        async with running(hooks(log)):
            one = steps(number(7), 2)
            await log.append(one)
            await subscriber.until(lambda: bool(subscriber.told(number(7))) and len(subscriber.taken) == 12)


async def test_everything_past_a_position_is_sent_again_when_he_asks_for_it(log: Log) -> None:
    sending = hooks(log)
    async with listening(Subscriber()) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        await history(log, 1, 6)
        await subscriber.until(lambda: len(subscriber.taken) == 6)
        await until(lambda: state(log, webhook), lambda said: said["pos"] == 6, 30)
        await subscriptions(log).rewind(webhook, 2)
        sending.changed()
        await subscriber.until(lambda: len(subscriber.taken) == 10)
        assert subscriber.told(number(0)) == [1, 2, 3, 4, 5, 6, 3, 4, 5, 6]
        ids = [sent.headers["webhook-id"] for sent in subscriber.taken]
        assert ids[2:6] == ids[6:]


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(log: Log) -> None:
    sending = hooks(log)
    async with listening(Subscriber()) as subscriber, running(sending):
        webhook = await subscribed(log, subscriber, sending=sending)
        row = await subscriptions(log).one(webhook)
        assert row is not None
        old = subscriptions(log).secret(row)
        row = await subscriptions(log).rotate(webhook, 0)
        assert row is not None
        new = subscriptions(log).secret(row)
        assert (await subscriptions(log).rotate(webhook, 0) or {})["generation"] == 1
        assert new != old
        one = steps(number(1))
        await log.append(one)
        await subscriber.until(lambda: len(subscriber.taken) == 1)
        assert subscriber.taken[0].is_signed_with(old)
        assert subscriber.taken[0].is_signed_with(new)
        await log.pool.execute("update webhook set rotated = now() - interval '2 days'")
        await log.append(steps(number(1), 1, one.rows[-1]))
        await subscriber.until(lambda: len(subscriber.taken) == 2)
        assert subscriber.taken[1].is_signed_with(new)
        assert not subscriber.taken[1].is_signed_with(old)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://127.0.0.1/hook", "webhook_url"),
        ("https://name:word@127.0.0.1/hook", "webhook_url"),
        ("https://127.0.0.1:99999/hook", "webhook_url"),
        ("https://127.0.0.1/hook#part", "webhook_url"),
        ("http://example.org/hook", "webhook_https"),
        ("https://example.org/hook", "webhook_host"),
        ("https://127.0.0.1.example.org/hook", "webhook_host"),
    ],
)
async def test_events_go_only_where_the_operator_allows(log: Log, url: str, code: str) -> None:
    with pytest.raises(UrlRefused, match=code):
        await subscriptions(log).make("a", url, None, None, from_first=True)
    assert not await subscriptions(log).all()


async def test_nothing_is_sent_to_whoever_did_not_say_that_he_wants_it(log: Log) -> None:
    for allowed in (None, "another-office"):
        async with listening(Subscriber(allowed=allowed)) as subscriber:
            with pytest.raises(NotAllowed):
                await subscribed(log, subscriber)
    with pytest.raises(Away):
        await subscribed(log, subscriber)
    assert not await subscriptions(log).all()


async def test_the_same_key_gives_the_same_subscription(log: Log) -> None:
    async with listening(Subscriber()) as subscriber:
        webhook = await subscribed(log, subscriber)
        row, new = await subscriptions(log).make("a", subscriber.url, None, None, from_first=True)
        assert (row["id"], new) == (webhook, False)
        with pytest.raises(KeyReused):
            await subscribed(log, subscriber, units=[THERE])


async def test_a_subscription_begins_at_the_end_of_the_log_unless_it_says_otherwise(log: Log) -> None:
    await history(log, 1, 5)
    async with listening(Subscriber()) as subscriber:
        await subscriptions(log).make("a", subscriber.url, None, None, from_first=False)
        await log.append(steps(number(9)))
        async with running(hooks(log)):
            await subscriber.until(lambda: bool(subscriber.taken))
        assert [sent.stream for sent in subscriber.taken] == [number(9)]
