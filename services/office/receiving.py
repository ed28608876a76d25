"""Receiving a case: its number, its key and its query code are made and kept with its first event."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from contracts.envelope import command_id
from contracts.fields import Plain
from services.casework.case import Case
from services.casework.moment import receipt_moment
from services.casework.receipt import case_number, receive
from services.office.bodies import Receive
from services.office.cases import Answer, Cases
from services.office.papers.wanting import scans, wanted
from services.office.person import person
from services.office.serials import Serials
from services.runtime.commands import Contended, Decided, Order
from services.runtime.fold import Loaded
from services.runtime.sealing import new_case_key
from services.runtime.tokens import Actor
from services.runtime.tracking import new_query_code
from services.runtime.vault import Held, Vault

if TYPE_CHECKING:
    from asyncpg import Record
    from asyncpg.pool import Pool

NUMBERS_TRIED = 20


class NumberTaken(Exception):
    """The serial was given out by another process; take the next."""


class Receiving:
    """Of one tier service."""

    def __init__(self, cases: Cases, pool: "Pool[Record]", vault: Vault, serials: Serials) -> None:
        self._cases = cases
        self._pool = pool
        self._vault = vault
        self._serials = serials
        self._receiving: dict[bytes, asyncio.Lock] = {}

    async def receive(self, by: Actor, key: str, mac: bytes, body: Receive) -> Answer:
        """Take papers in. The same key gives the first number and the first query code. Raises what
        casework and the log raise, and Contended when others took every number that was tried."""
        command = command_id(by.unit, key)
        now = self._cases.clock()
        who = person(by)
        at = receipt_moment(who, now, body.at, body.imported)
        applicant = Plain(body.applicant.model_dump_json(exclude_none=True))
        events = receive(
            by=who,
            at=at,
            book=self._cases.book,
            item=body.item,
            channel=body.channel,
            applicant=applicant,
            materials=body.materials,
            imported=body.imported,
        )
        prefix = case_number(by.unit, at, 0).rpartition("-")[0]
        async with self._one_at_a_time(command):
            for _ in range(NUMBERS_TRIED):
                serial = await self._serials.next(prefix)
                number = case_number(by.unit, at, serial)
                case_key, code = new_case_key(), new_query_code()

                def decide(loaded: Loaded[Case] | None) -> Decided:
                    if loaded is not None:
                        raise NumberTaken
                    return Decided(events, at)

                kept = self._vault.receive(Held(number, by.unit, case_key), code, str(body.applicant.document_number))
                companions = (kept, *wanted(number, scans(body.materials)))
                order = Order(
                    number, by.unit, by.subject, command, mac, self._cases.feed, decide, case_key, companions,
                    begins=True,
                )  # fmt: skip
                try:
                    done = await self._cases.commands.perform(order)
                except NumberTaken:
                    self._serials.taken(prefix)
                    continue
                except Exception:
                    self._serials.unused(prefix, serial)
                    raise
                if done.repeated:
                    self._serials.unused(prefix, serial)
                    code = await self._code(done.loaded.state.number)
                return Answer(done.loaded.state, done.loaded.pos, done.repeated, code)
        raise Contended(prefix)

    async def _code(self, number: str) -> str | None:
        return (await self._vault.codes(self._pool, [number])).get(number)

    @contextlib.asynccontextmanager
    async def _one_at_a_time(self, command: bytes) -> AsyncIterator[None]:
        """The same receipt sent many times at once takes one number, not many."""
        lock = self._receiving.setdefault(command, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._receiving.pop(command, None)
