"""The city assumes custody: all feeds are read to their end, then it takes over what they say (protocol C4)."""

import asyncio
from collections import defaultdict

from services.casework.refusals import forbidden, not_found
from services.casework.table import row
from services.casework.who import has_role
from services.office.asking_bodies import AssumeCustody
from services.office.cases import Answer, Cases
from services.office.person import person
from services.office.refusing import EventsMissing, FeedsUnread
from services.runtime.branch import next_epoch
from services.runtime.gathering import CANNOT, Gathering
from services.runtime.tokens import Actor
from services.runtime.turns import end_if_asked


class Assuming:
    """On the city's service alone: only `root` may assume custody."""

    def __init__(self, cases: Cases, gathering: Gathering, root: str) -> None:
        self._cases = cases
        self._gathering = gathering
        self._root = root
        self._one_at_a_time: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def assume(self, number: str, by: Actor, key: str, mac: bytes, body: AssumeCustody) -> Answer:
        """The city holds the case, whoever held it. Its epoch is above all that was ever seen of the case (C3).

        Raises FeedsUnread and EventsMissing unless `override` says why it does not wait, and what casework and the
        log raise.
        """
        has_role(person(by), "assume_custody")
        if by.unit != self._root:
            raise forbidden("city_alone", None)
        lock = self._one_at_a_time[number]
        try:
            async with lock:
                return await self._assumed(number, by, key, mac, body)
        finally:
            if not lock.locked():
                self._one_at_a_time.pop(number, None)

    async def _assumed(self, number: str, by: Actor, key: str, mac: bytes, body: AssumeCustody) -> Answer:
        try:
            tree = await self._gathering.gather(number)
        except CANNOT as error:
            end_if_asked()
            if body.override is None:
                raise FeedsUnread(type(error).__name__) from None
            tree = await self._gathering.here(number)
        if tree.head is None:
            raise not_found("case_unknown")
        if tree.parked and body.override is None:
            raise EventsMissing(number)
        return await self._cases.perform(row("assume_custody"), number, by, key, mac, body, epoch=next_epoch(tree))
