"""Processes of one service on one database hear of each other's commits."""

import asyncio

from services.runtime.peers import Peers
from services.runtime.tide import Tide
from tests.runtime.logs import running


async def test_what_one_process_commits_wakes_the_others_at_once(database: str) -> None:
    tides = [Tide() for _ in range(3)]
    peers = [Peers(database, tide) for tide in tides]
    async with running(*peers):
        for pos in (1, 2, 50):
            told, *others = tides if pos < 50 else tides[::-1]
            # Until all have seen each other, what is told may reach nobody.
            while not all(tide.pos >= pos for tide in others):
                told.rise(max(told.pos, pos) + 1)
                await asyncio.gather(*(tide.past(pos - 1, 0.5) for tide in others))
        high = max(tide.pos for tide in tides) + 1
        tides[1].rise(high)
        async with asyncio.timeout(5):
            assert all(await asyncio.gather(*(tide.reach(high) for tide in tides)))


async def test_what_was_heard_is_not_told_again(database: str) -> None:
    tides = [Tide(), Tide()]
    one, other = (Peers(database, tide) for tide in tides)
    async with running(one, other):
        # It listens before it says that it is there.
        while tides[1].pos == 0 or other.told == 0:
            tides[0].rise(tides[0].pos + 1)
            await tides[1].past(tides[1].pos, 0.5)
        before = other.told
        for _ in range(20):
            tides[0].rise(tides[0].pos + 1)
            async with asyncio.timeout(5):
                await tides[1].reach(tides[0].pos)
        assert other.told == before


async def test_a_process_that_is_alone_tells_nobody(database: str) -> None:
    tide = Tide()
    alone = Peers(database, tide)
    async with running(alone):
        while alone.told == 0:
            await tide.past(tide.pos, 0.05)
        for pos in range(1, 50):
            tide.rise(pos)
            await asyncio.sleep(0)
        assert alone.told == 1, "that it is there, once"
