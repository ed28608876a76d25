"""What must hold when nothing moves: views as a fresh fold says, nothing set aside."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.cli.databases import opened
from services.cli.demo.places import Place
from services.cli.rebuild import Name, differences
from services.runtime.statements import statements

statement = statements(__file__)


@dataclass(slots=True)
class Checked:
    """Over all services. `views_bad` counts the streams and counts that differ, `words` says which."""

    views: int = 0
    views_bad: int = 0
    parked: int = 0
    dead: int = 0
    quarantined: int = 0
    words: list[str] = field(default_factory=list[str])


async def check(places: Sequence[Place]) -> Checked:
    found = Checked()
    for place in places:
        async with opened(place.database) as pool:
            for name in Name:
                bad = await differences(pool, name)
                found.views += 1
                found.views_bad += len(bad)
                found.words += [f"{place.name}, view {name.value}: {one} differs from a fresh fold" for one in bad]
            aside = await pool.fetchrow(statement("aside"))
            assert aside is not None
            found.parked += aside["parked"]
            found.dead += aside["dead"]
            found.quarantined += aside["quarantined"]
            found.words += [f"{place.name}: {n} {name}" for name, n in aside.items() if n]
    return found
