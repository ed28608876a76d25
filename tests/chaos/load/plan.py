"""What the people of a case want, drawn beforehand: which offices, what lies beside the way, how it ends. Pure."""

from dataclasses import dataclass
from random import Random
from typing import Literal

from tests.journeys.places import CITY, DATONG, HOSTED, PENSION, REGISTRATION, TIANJIAAN

Race = tuple[Literal["recall", "acknowledge", "refuse"], ...]
"""What is done to one offer at the same instant, each by another person."""
RACES: tuple[Race, ...] = (
    ("recall", "acknowledge"),
    ("recall", "refuse"),
    ("recall", "acknowledge", "refuse"),
    ("acknowledge", "acknowledge"),
    ("acknowledge", "refuse"),
)
Kind = Literal["forward_up", "preliminary_review", "transfer", "assign_down"]
End = Literal["granted", "done", "denied", "withdrawn", "terminated", "declined", "void"]
Way = list[tuple[str, Kind]]
"""To whom, one after the other, and how."""
Papers = Literal["window", "office", "citizen"]
TOWNSHIPS, DISTRICTS = HOSTED["township"], HOSTED["district"]

RACED = 0.45
"""Share of offers to which several things are done at once."""
BESIDE: dict[str, float] = {
    "claim": 0.25,
    "release": 0.1,
    "notice-receipt": 0.15,
    "correct": 0.03,
    "request-supplement": 0.5,
    "submit-supplement": 1.0,
    "notice-supplement": 0.2,
    "start-step": 0.5,
    "complete-step": 0.6,
    "sign": 0.4,
    "notice-acceptance": 0.2,
    "hear-parties": 0.08,
    "suspend": 0.15,
    "extend": 0.1,
    "consult-here": 0.08,
    "consult-elsewhere": 0.06,
    "offer-hearing": 0.12,
    "request-hearing": 0.25,
    "announce-hearing": 0.03,
    "assess-fee": 0.6,
    "waive-fee": 0.2,
    "pay-fee": 0.7,
    "refund-fee": 0.3,
    "request-withdrawal": 0.06,
    "request-recall": 0.06,
    "notice-decision": 0.4,
    "issue-certificate": 0.4,
    "correct-certificate": 0.2,
    "revoke-certificate": 0.15,
    "reopen": 0.06,
    "notice-delivery": 0.1,
    "archive": 0.3,
}
"""What may be done beside the way from receipt to delivery, in the order in which it is thought of, and how often it is
wanted; each at most once a case."""
ENDS: dict[End, float] = {
    "granted": 0.5,
    "done": 0.1,
    "denied": 0.12,
    "withdrawn": 0.08,
    "terminated": 0.08,
    "declined": 0.07,
    "void": 0.05,
}


@dataclass(frozen=True, slots=True)
class Hop:
    """To whom the case goes on, and how. `early`: before it is accepted. `refusals`, `returns`: how often it comes back
    before it stays; the third time it becomes a dispute."""

    to: str
    kind: Kind
    early: bool
    race: Race | None
    refusals: int
    returns: int


@dataclass(frozen=True, slots=True)
class CitizenWish:
    """What the applicant does at the portal: asks for what stands in `asks`, and looks so often in between."""

    asks: tuple[str, ...]
    looks: int


@dataclass(frozen=True, slots=True)
class Wishes:
    """`asked`: the other unit that may be consulted. `papers`: how those come in that were asked for. `whole`: all acts
    at the window in one batch. `assumed`: the city takes the case over while the office still works on it. `home`: the
    result goes back to where the papers were handed in."""

    n: int
    receiver: str
    item: str
    route: tuple[Hop, ...]
    beside: tuple[str, ...]
    end: End
    asked: str
    papers: Papers
    home: bool
    whole: bool
    assumed: bool
    citizen: CitizenWish | None


def draw(n: int, chance: Random, receiver: str | None = None) -> Wishes:
    """Of the n-th case. `receiver`: where it is handed in, if that is settled."""
    some = chance.choice(chance.choices((TOWNSHIPS, DISTRICTS, (CITY,)), (0.75, 0.2, 0.05))[0])
    receiver = receiver or some
    route = tuple(_hop(to, kind, chance) for to, kind in _route(receiver, chance))
    beside = tuple(name for name, share in BESIDE.items() if chance.random() < share)
    return Wishes(
        n=n,
        receiver=receiver,
        item=PENSION if chance.random() < 0.45 else REGISTRATION,
        route=route,
        beside=beside,
        end=chance.choices(list(ENDS), list(ENDS.values()))[0],
        asked=chance.choice([unit for unit in (*TOWNSHIPS, *DISTRICTS) if unit != receiver]),
        papers=chance.choices(("window", "office", "citizen"), (0.35, 0.35, 0.3))[0],
        home=chance.random() < 0.6,
        whole=not route and chance.random() < 0.3,
        assumed=chance.random() < 0.05,
        citizen=_citizen(beside, chance) if chance.random() < 0.2 else None,
    )


def alone(n: int, unit: str) -> Wishes:
    """Of a case that lies about at `unit`: whoever finds it brings it to an end."""
    return Wishes(n, unit, REGISTRATION, (), (), "granted", unit, "window", False, False, False, None)


def above(unit: str) -> str:
    return CITY if len(unit) == len(DATONG) else unit[: len(DATONG)]


def beyond(unit: str) -> tuple[str, Kind]:
    """An office of another service to whom a case of this one may go, and how."""
    if unit in DISTRICTS:
        return next(one for one in TOWNSHIPS if above(one) == unit), "assign_down"
    return above(unit), "forward_up"


def _route(receiver: str, chance: Random) -> Way:
    if receiver == CITY:
        district = chance.choice(DISTRICTS)
        below = chance.choice([unit for unit in TOWNSHIPS if above(unit) == district])
        ways: list[Way] = [[], [(district, "assign_down")], [(district, "assign_down"), (below, "assign_down")]]
        return chance.choices(ways, (0.4, 0.4, 0.2))[0]
    if receiver in DISTRICTS:
        below = chance.choice([unit for unit in TOWNSHIPS if above(unit) == receiver])
        other = TIANJIAAN if receiver == DATONG else DATONG
        ways: list[Way] = [[], [(CITY, "forward_up")], [(below, "assign_down")], [(other, "transfer")]]
        return chance.choices(ways, (0.4, 0.3, 0.2, 0.1))[0]
    district = above(receiver)
    up: Kind = "preliminary_review" if chance.random() < 0.2 else "forward_up"
    other = chance.choice([unit for unit in TOWNSHIPS if unit != receiver])
    ways: list[Way] = [
        [],
        [(district, up)],
        [(district, up), (CITY, "forward_up")],
        [(CITY, up)],
        [(other, "transfer")],
    ]
    return chance.choices(ways, (0.3, 0.45, 0.12, 0.05, 0.08))[0]


def _hop(to: str, kind: Kind, chance: Random) -> Hop:
    race = chance.choice(RACES) if kind != "assign_down" and chance.random() < RACED else None
    refusals = chance.choices((0, 1, 3), (0.88, 0.09, 0.03))[0] if kind != "assign_down" else 0
    returns = chance.choices((0, 1), (0.93, 0.07))[0]
    return Hop(to, kind, chance.random() < 0.6, race, refusals, returns)


def _citizen(beside: tuple[str, ...], chance: Random) -> CitizenWish:
    wanted = {
        "urge": 0.5,
        "withdraw": 0.12,
        "request-hearing": 0.9 if "offer-hearing" in beside else 0.05,
    }
    asks = tuple(name for name, share in wanted.items() if chance.random() < share)
    return CitizenWish(asks, chance.randint(1, 3))
