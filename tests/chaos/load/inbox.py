"""What waits at a unit: offers that arrive, and requests, questions and orders that only a person answers."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any
from urllib.parse import quote

from tests.chaos.load.bodies import UNDECIDED
from tests.chaos.load.kept import Json
from tests.chaos.load.people import Act, Person
from tests.chaos.load.town import Answer, Over, Town

OFFERS_EVERY, OTHERS_EVERY = 0.6, 2.5
"""Seconds."""
AGAIN_AFTER = {"requested": 3.0, "ordered": 10.0, "asked": 30.0}
"""Seconds until it is answered once more: what was done shows later, and the longer it has to go."""
PAGE, PAGES = 200, 5
AT_ONCE = 40
"""Requests of one kind that are answered in one round of a unit."""
REMEMBERED = 5000
SEEN_ALONE = 8
"""Rounds after which an offer that nobody waits for is taken up."""
GRANTS = 0.6
"""Share of requests that are granted."""
STAFF = 40
"""Those who answer. They are others than those who work on cases."""
LATER = 300


class Inboxes:
    """Of all units of a load. `found(number, unit)` is told of cases that lie about. Without it nobody works on cases
    any more, and what has to be acknowledged before it can be answered is."""

    def __init__(
        self, town: Town, units: tuple[str, ...], chance: Random, found: Callable[[str, str], None] | None = None
    ) -> None:
        self._town = town
        self._units = units
        self._chance = chance
        self._found = found
        self._waiting: dict[str, dict[str, asyncio.Event]] = {unit: {} for unit in units}
        self._alone: dict[str, dict[str, int]] = {unit: {} for unit in units}
        self._tried: OrderedDict[str, float] = OrderedDict()
        self._later: list[tuple[float, Person, Act]] = []
        self._turn = 0

    async def arrives(self, unit: str, number: str, seconds: float) -> bool:
        """Whether the offer shows in the unit's inbox as arrived, within so long. Raises Over."""
        event = self._waiting[unit].setdefault(number, asyncio.Event())
        over = asyncio.ensure_future(self._town.over.wait())
        here = asyncio.ensure_future(event.wait())
        try:
            await asyncio.wait((over, here), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._waiting[unit].pop(number, None)
            over.cancel()
            here.cancel()
        if self._town.over.is_set():
            raise Over
        return event.is_set()

    def later(self, seconds: float, person: Person, act: Act) -> None:
        """Its key comes once more, so long after it was answered."""
        if len(self._later) < LATER:
            self._later.append((time.monotonic() + seconds, person, act))

    def rounds(self) -> list[Coroutine[Any, Any, None]]:
        """All that is done over and over while the day lasts; each raises Over."""
        return [*(self._offers(unit) for unit in self._units), *self.answering(), self._repeats()]

    def answering(self) -> list[Coroutine[Any, Any, None]]:
        """Only what waits for a person and keeps a request alive until it is answered."""
        return [self._answers(unit) for unit in self._units]

    async def _offers(self, unit: str) -> None:
        reader = Person(self._town, unit, "R02", ("clerk",), "reader")
        while True:
            await self._town.pause(OFFERS_EVERY * self._chance.uniform(0.7, 1.3))
            cursor, seen = "", set[str]()
            for _ in range(PAGES):
                page = await reader.read(f"/inbox?which=offered&limit={PAGE}{cursor}")
                if not page.done:
                    break
                for row in page.body["cases"]:
                    seen.add(row["number"])
                    if row["arrived"]:
                        self._shown(unit, row["number"])
                if "next" not in page.body:
                    self._alone[unit] = {number: n for number, n in self._alone[unit].items() if number in seen}
                    break
                cursor = f"&cursor={quote(page.body['next'])}"

    def _shown(self, unit: str, number: str) -> None:
        if number in self._waiting[unit]:
            self._waiting[unit][number].set()
            return
        alone = self._alone[unit]
        alone[number] = alone.get(number, 0) + 1
        if alone[number] >= SEEN_ALONE:
            del alone[number]
            if self._found is not None:
                self._found(number, unit)

    async def _answers(self, unit: str) -> None:
        reader = Person(self._town, unit, "R03", ("clerk",), "reader")
        answering = {"requested": self._requested, "asked": self._asked, "ordered": self._ordered}
        while True:
            await self._town.pause(OTHERS_EVERY * self._chance.uniform(0.7, 1.3))
            for which, answer in answering.items():
                page = await reader.read(f"/inbox?which={which}&limit={PAGE}")
                rows = page.body["cases"] if page.done else []
                for row in [row for row in rows if self._again(_mark(which, unit, row), AGAIN_AFTER[which])][:AT_ONCE]:
                    await answer(unit, row)

    def _again(self, mark: str, after: float) -> bool:
        """Whether it was not tried so short a time ago."""
        now = time.monotonic()
        if now - self._tried.get(mark, -after) < after:
            return False
        self._tried[mark] = now
        self._tried.move_to_end(mark)
        if len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)
        return True

    async def _requested(self, unit: str, row: Json) -> None:
        number, request = row["number"], row["request"]
        grants = row["phase"] in UNDECIDED and self._chance.random() < GRANTS
        if not await self._taken(unit, row):
            return
        match request["kind"]:
            case "withdraw" if grants:
                await self._do(unit, number, "withdraw", {"request": request["request"]})
            case "supplement" if grants:
                body = {"materials": request["said"]["materials"], "request": request["request"]}
                await self._do(unit, number, "receive-supplement", body)
            case "recall" if grants:
                body = {"to": request["by"], "purpose": "correction", "request": request["request"]}
                await self._do(unit, number, "return", body)
            case kind:
                body = {"request": request["request"], "asked": kind, "ground": "not_meant"}
                await self._do(unit, number, "decline-request", body)

    async def _asked(self, unit: str, row: Json) -> None:
        here = row["holder"] == unit
        # Who was asked and holds it by now answers in the course of the work, while anybody works.
        if here and (self._found is not None or not await self._taken(unit, row)):
            return
        seen = await Person(self._town, unit, "R03", ("clerk",), "reader").read(f"/cases/{row['number']}")
        for asked in seen.body["case"]["consultations"] if seen.done else []:
            if asked["unit"] == unit:
                body = {"consultation": asked["consultation"], "answer": "可以。"}
                act = "answer-consultation" if here else "submit-consultation-answer"
                await self._do(unit, row["number"], act, body)

    async def _ordered(self, unit: str, row: Json) -> None:
        path = f"/cases/{row['number']}/supervision-orders"
        seen = await Person(self._town, unit, "R03", ("clerk",), "reader").read(path)
        for order in seen.body["orders"] if seen.done else []:
            if order["ordered"] == unit and order["answered_at"] is None and not order["submitted"]:
                body = {"order": order["order"], "answer": "已说明。"}
                await self._do(unit, row["number"], "submit-supervision-answer", body)

    async def _taken(self, unit: str, row: Json) -> bool:
        """Whether it is; what is asked of a case that is offered waits until it is taken."""
        if row["custody"] != "offered":
            return True
        return self._found is None and (await self._do(unit, row["number"], "acknowledge", {})).done

    async def _do(self, unit: str, number: str, act: str, body: Json) -> Answer:
        self._turn += 1
        person = Person(self._town, unit, f"B{self._turn % STAFF:02}")
        return await person.surely(person.act(f"/cases/{number}/{act}", body), self._chance)

    async def _repeats(self) -> None:
        while True:
            await self._town.pause(1)
            now = time.monotonic()
            due = [one for one in self._later if one[0] <= now]
            self._later = [one for one in self._later if one[0] > now]
            for _, person, act in due:
                await person.surely(act, self._chance)


def _mark(which: str, unit: str, row: Json) -> str:
    request = row["request"]["request"] if "request" in row else ""
    return f"{which}/{unit}/{row['number']}/{request}"
