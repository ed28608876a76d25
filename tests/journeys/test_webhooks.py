"""A subscriber without Kafka has every event of a service, whatever happens to it."""

import json

import pytest

from tests.journeys.clerk import receipt
from tests.journeys.places import SHANGYAO
from tests.journeys.system import System
from tests.runtime.subscribers import Subscriber, listening


@pytest.mark.timeout(300)
async def test_a_subscriber_misses_nothing_though_the_service_is_killed_while_it_sends(system: System) -> None:
    clerk, operator = system.clerk(SHANGYAO), system.clerk(SHANGYAO, "operator")
    async with listening(Subscriber(allowed="township")) as subscriber:
        made = await operator.surely("/webhooks", {"url": subscriber.url, "units": [SHANGYAO]}, "webhook")
        id_, secret = made.body["webhook"]["id"], made.body["secret"]
        numbers = [(await clerk.surely("/cases", receipt(), f"told-{n}")).number for n in range(30)]
        for number in numbers[:15]:
            assert (await clerk.act(number, "accept")).done
        await subscriber.until(lambda: bool(subscriber.taken))
        await system.kill9("township")
        await system.start("township")
        for number in numbers[15:]:
            assert (await clerk.act(number, "accept")).done
        await subscriber.until(lambda: all(2 in subscriber.told(number) for number in numbers), 60)
        chains = await system.chains("township")
        for number in numbers:
            told = [sent for sent in subscriber.taken if sent.stream == number]
            assert all(sent.is_signed_with(secret) for sent in told)
            # Copies apart, what was sent is the chain, in its order.
            assert list(dict.fromkeys(sent.body for sent in told)) == chains[number]
        assert all(json.loads(sent.body)["source"] == SHANGYAO for sent in subscriber.taken)
        assert (await operator.post(f"/webhooks/{id_}/remove", {})).done
    await system.holds()
