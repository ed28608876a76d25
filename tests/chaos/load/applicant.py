"""The applicant of a case at the portal, with number and query code: looks, urges, withdraws, brings papers, asks for
the hearing."""

from random import Random

from tests.chaos.load.bodies import digest
from tests.chaos.load.kept import Json
from tests.chaos.load.people import Citizen, twice
from tests.chaos.load.plan import Wishes
from tests.chaos.load.town import Town

BEFORE_LOOKING, LONGEST = 2.0, 30.0
"""Seconds on average between two looks; after each with a code that has not arrived yet half as long again."""
TOO_EARLY = 9
"""Such looks; the portal takes ten an hour."""
LOOKS = 25
TAPPED = 0.1


async def applies(town: Town, number: str, code: str, wishes: Wishes, chance: Random) -> None:
    """From the receipt until all that is wanted was asked. Raises Over."""
    wish = wishes.citizen
    if wish is None:
        return
    citizen = Citizen(town, number, code, f"10.{wishes.n >> 16 & 255}.{wishes.n >> 8 & 255}.{wishes.n & 255}")
    left, looks, early = list[str](wish.asks), 0, 0
    if wishes.papers == "citizen" and "request-supplement" in wishes.beside:
        left.append("submit-supplement")
    while early < TOO_EARLY and looks < LOOKS and (left or looks < wish.looks):
        await town.pause(chance.uniform(0.5, 1.5) * min(BEFORE_LOOKING * 1.5**early, LONGEST))
        seen = await citizen.tracks()
        if not seen.done:
            early += seen.code == "wrong_code"
            continue
        looks += 1
        possible = {may["name"] for may in seen.body["actions"] if may["possible"]}
        for name in [name for name in left if name in possible]:
            left.remove(name)
            act = citizen.act(name, **_papers(wishes) if name == "submit-supplement" else {})
            await (twice(citizen, act, chance) if chance.random() < TAPPED else citizen.surely(act, chance))
        if seen.body["closed"]:
            return


def _papers(wishes: Wishes) -> Json:
    kinds = ("identity", "photo")
    return {"materials": [{"kind": k, "sha256": digest(wishes.n, k, "citizen"), "form": "original"} for k in kinds]}
