"""A day of the load: who comes when. An open model: people arrive by chance at a fixed rate, and do not wait for others
to be served."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from tests.chaos.history import History
from tests.chaos.load.above import reads, supervises
from tests.chaos.load.applicant import applies
from tests.chaos.load.cases import CAREFUL, Life
from tests.chaos.load.inbox import Inboxes
from tests.chaos.load.kept import Json
from tests.chaos.load.people import Person
from tests.chaos.load.plan import DISTRICTS, TOWNSHIPS, above, alone, draw
from tests.chaos.load.town import Over, Town, World
from tests.journeys.places import CITY, CIVIL

RATE = 90.0
"""Acts a second, about, that are asked for while nothing fails."""
ACTS_A_CASE = 12.0
"""As measured without faults, those of applicants and supervisors counted in."""
SUPERVISED, READ = 0.03, 0.08
"""So many of those acts are of supervisors, and so many readings there are to an act."""
MOST_CASES = 1500
"""Cases with people at them; who comes beyond that is turned away."""
MOST_BESIDE = 500
"""Applicants, readers and supervisors at a time."""
IN_PILES = 0.1
"""Share of arrivals that are a pile of receipts in one batch."""
PILE = (3, 8)
FOUND = 10**7
"""The first number of those that were come upon; fewer are received."""
LOOKS = 0.1
"""Seconds between two looks whether the day is over."""
CLOSING = 12.0
"""Seconds that calls have to be answered in when it is: more than any waits."""
UNITS = (CITY, *DISTRICTS, *TOWNSHIPS)


async def load(world: World, history: History, seed: int, until: Callable[[], bool], rate: float = RATE) -> None:
    """Until `until` holds; then what was asked is answered, and nothing new is asked. The same seed has the same people
    come at the same times with the same wishes; what they do then depends on what they are answered."""
    async with _open(world, history) as town:
        try:
            async with asyncio.TaskGroup() as group:
                day = _Day(town, group, seed, rate)
                day.begin()
                await _comes(until)
                town.over.set()
                group.create_task(day.close())
        finally:
            town.over.set()


async def answering(world: World, history: History, seed: int, until: Callable[[], bool]) -> None:
    """After a load: people answer what still waits for a person, and do nothing else, until `until` holds. Without that
    a system does not come to rest: a request is sent again until it is answered."""
    async with _open(world, history) as town:
        inboxes = Inboxes(town, UNITS, Random(f"{seed}/answering"))
        async with asyncio.TaskGroup() as group:
            for doing in inboxes.answering():
                group.create_task(_until_over(doing))
            try:
                await _comes(until)
            finally:
                town.over.set()


@asynccontextmanager
async def _open(world: World, history: History) -> AsyncIterator[Town]:
    town = Town(world, history)
    try:
        yield town
    finally:
        town.close()


async def _comes(until: Callable[[], bool]) -> None:
    while True:
        if until():
            return
        await asyncio.sleep(LOOKS)


async def _until_over(doing: Coroutine[Any, Any, None]) -> None:
    try:
        await doing
    except Over:
        return


class _Day:
    """Bounded: whoever comes when too many are there already is turned away."""

    def __init__(self, town: Town, group: asyncio.TaskGroup, seed: int, rate: float) -> None:
        self._town = town
        self._group = group
        self._seed = seed
        self._rate = rate
        self._lives: dict[str, Life] = {}
        self._arriving = 0
        self._beside = 0
        self._came = 0
        self._came_upon = 0
        self._tasks = set[asyncio.Task[None]]()
        self._inboxes = Inboxes(town, UNITS, Random(f"{seed}/inboxes"), self._found)

    def begin(self) -> None:
        pile = sum(PILE) / 2
        cases = self._rate / ACTS_A_CASE
        self._spawn(self._departments())
        self._spawn(self._come("cases", cases / (1 + IN_PILES * (pile - 1)), self._arrival))
        self._spawn(self._come("supervisors", self._rate * SUPERVISED, self._supervisor))
        self._spawn(self._come("readers", self._rate * READ, self._reader))
        for doing in self._inboxes.rounds():
            self._spawn(doing)

    async def close(self) -> None:
        """Calls that are open have their time to be answered; what still waits then ends."""
        left = set(self._tasks)
        if left:
            await asyncio.wait(left, timeout=CLOSING)
        for task in left:
            task.cancel()

    def _spawn(self, doing: Coroutine[Any, Any, None]) -> None:
        task = self._group.create_task(_until_over(doing))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _come(self, who: str, a_second: float, one: Callable[[Random], None]) -> None:
        """Every now and then, by chance."""
        chance = Random(f"{self._seed}/{who}")
        at = asyncio.get_running_loop().time()
        while True:
            at += chance.expovariate(a_second)
            await self._town.pause(max(0, at - asyncio.get_running_loop().time()))
            one(chance)

    def _arrival(self, chance: Random) -> None:
        pile = chance.randint(*PILE) if chance.random() < IN_PILES else 1
        lives: list[Life] = []
        for n in range(self._came, self._came + pile):
            of = Random(f"{self._seed}/{n}")
            # A pile is handed in where the first of it is.
            wishes = draw(n, of, lives[0].wishes.receiver if lives else None)
            lives.append(Life.of(self._town, self._inboxes, wishes, of))
        self._came += pile
        if len(self._lives) + self._arriving + pile <= MOST_CASES:
            self._spawn(self._received(lives))

    async def _received(self, lives: list[Life]) -> None:
        self._arriving += len(lives)
        try:
            person, first = lives[0].receipt()
            if len(lives) == 1:
                answers = [await person.surely(first, lives[0].chance, patient=lives[0].chance.random() < CAREFUL)]
            else:
                answers = await person.batch([life.receipt()[1] for life in lives], lives[0].chance)
        finally:
            self._arriving -= len(lives)
        for life, answer in zip(lives, answers, strict=True):
            if life.taken_in(answer):
                self._spawn(self._kept(life.known.number, life, life.live()))
                if life.code is not None and life.wishes.citizen is not None and self._beside < MOST_BESIDE:
                    self._spawn(self._aside(self._applied(life, life.code)))

    async def _applied(self, life: Life, code: str) -> None:
        life.done.applicant = True
        try:
            chance = Random(f"{self._seed}/{life.wishes.n}/applicant")
            await applies(self._town, life.known.number, code, life.wishes, chance)
        finally:
            life.done.applicant = False

    def _found(self, number: str, unit: str) -> None:
        """A case lies about: somebody there takes it up."""
        if number in self._lives or len(self._lives) + self._arriving >= MOST_CASES:
            return
        wishes = alone(FOUND + self._came_upon, unit)
        self._came_upon += 1
        life = Life.of(self._town, self._inboxes, wishes, Random(f"{self._seed}/{number}"))
        self._lives[number] = life
        self._spawn(self._kept(number, life, life.found(number)))

    async def _kept(self, number: str, life: Life, doing: Coroutine[Any, Any, None]) -> None:
        """Among the cases that have people at them, until `doing` ends."""
        self._lives[number] = life
        try:
            await doing
        finally:
            self._lives.pop(number, None)

    def _supervisor(self, chance: Random) -> None:
        if self._beside < MOST_BESIDE:
            self._spawn(self._aside(supervises(self._town, Random(chance.random()), lambda: self._sample(chance))))

    def _reader(self, chance: Random) -> None:
        if self._beside < MOST_BESIDE:
            self._spawn(
                self._aside(reads(self._town, Random(chance.random()), lambda: self._sample(chance), self._found))
            )

    async def _aside(self, doing: Coroutine[Any, Any, None]) -> None:
        self._beside += 1
        try:
            await doing
        finally:
            self._beside -= 1

    def _sample(self, chance: Random) -> Json | None:
        lives = [life for life in self._lives.values() if life.open]
        return chance.choice(lives).known.case if lives else None

    async def _departments(self) -> None:
        """Every unit has windows of the items' department, of which opinions are asked."""
        for unit in UNITS:
            keeper = Person(
                self._town, above(unit) if unit in TOWNSHIPS else unit, "K01", ("unit_administrator",), "keeper"
            )
            act = keeper.act("/departments", {"unit": unit, "code": CIVIL, "name": "民政局"})
            await keeper.surely(act, Random(unit))
