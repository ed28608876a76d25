"""Supervisors: they urge, order others to account for a case, and look at what is due; and everybody who only reads."""

from collections.abc import Callable
from random import Random

from tests.chaos.load.deeds import holder
from tests.chaos.load.kept import Json
from tests.chaos.load.people import Person
from tests.chaos.load.plan import DISTRICTS, TOWNSHIPS, above
from tests.chaos.load.town import Asked, Town
from tests.journeys.places import CITY

URGED, STRANGE = 0.75, 0.06
"""Shares of what supervisors do that urge, and of that about cases that their unit never had."""
LEVELS = ("reminder", "yellow", "red")
UNITS = (CITY, *DISTRICTS, *TOWNSHIPS)
SUPERVISOR = ("supervisor",)
BOARD = Asked("board/portal", "portal", "portal", "")

Sample = Callable[[], Json | None]
"""Some case that somebody works on, as it was shown last."""


async def supervises(town: Town, chance: Random, sample: Sample) -> None:
    """Once: urges most often, from the holder's own house or from above; now and then an order to who had it first."""
    case = sample()
    if case is None:
        return
    number, unit, first = case["number"], holder(case), case["number"].partition("-")[0]
    knows = {first, unit, *(passed["to"] for passed in case["path"])}
    # Who never had it is told by the feeds, read from their beginning: seldom, since that takes its time.
    strange = chance.random() < STRANGE
    if chance.random() < URGED:
        wanted = [one for one in (unit, above(unit), CITY) if strange or one in knows]
        person = Person(town, chance.choice(wanted), f"S{chance.randrange(10)}", SUPERVISOR, "supervisor")
        act = person.act(f"/cases/{number}/request-urging", {"level": chance.choice(LEVELS)})
    else:
        ways = [(one, to) for to in knows - {CITY} for one in (above(to), CITY) if strange or one in knows]
        if not ways:
            return
        where, to = chance.choice(sorted(ways))
        person = Person(town, where, f"S{chance.randrange(10)}", SUPERVISOR, "supervisor")
        body = {"to": to, "reason": "overdue", "days": chance.randint(1, 5)}
        act = person.act(f"/cases/{number}/order-supervision", body)
    await person.surely(act, chance)


async def reads(town: Town, chance: Random, sample: Sample, found: Callable[[str, str], None]) -> None:
    """Once: a case, its due dates, a list, the board. Of a list of open cases `found` is told of the oldest."""
    unit = chance.choice(UNITS)
    what = chance.choices(("case", "deadline", "worklist", "inbox", "orders", "board"), (3, 4, 1, 1, 0.5, 0.5))[0]
    reader = Person(town, unit, "R01", ("clerk",), "reader")
    match what:
        case "board":
            await town.read(BOARD, "/dashboard/summary")
        case "worklist":
            page = await reader.read(f"/worklist?which={chance.choice(('open', 'closed'))}&limit=20")
            for row in page.body["cases"][:3] if page.done else []:
                if not row["closed"]:
                    found(row["number"], unit)
        case "inbox":
            await reader.read(f"/inbox?which={chance.choice(('offered', 'sent', 'requested'))}&limit=20")
        case "orders":
            await reader.read(f"/supervision-orders?which={chance.choice(('given', 'received'))}&limit=20")
        case _ if (case := sample()) is not None:
            where = chance.choice([holder(case), case["number"].partition("-")[0]])
            path = f"/cases/{case['number']}" + ("/deadline" if what == "deadline" else "")
            await Person(town, where, "R01", ("clerk",), "reader").read(path)
        case _:
            return
