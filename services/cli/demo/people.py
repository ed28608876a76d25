"""Who can sign in at the demonstration's offices: one account for each kind of day."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

from services.cli.databases import opened
from services.cli.demo.places import CITY, Folders, Place
from services.office.accounts import passwords
from services.office.accounts.accounts import Accounts
from services.office.accounts.passwords import Passwords

TOWNSHIP, DISTRICT = "340402101", "340402"


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is the staff number. `day`: what this person does."""

    tier: str
    unit: str
    name: str
    roles: tuple[str, ...]
    day: str


PEOPLE = (
    Person("township", TOWNSHIP, "township-agent", ("agent", "clerk"), "receives papers and passes cases on"),
    Person("district", DISTRICT, "district-clerk", ("clerk",), "works through the district's cases"),
    Person("city", CITY, "city-approver", ("clerk", "approver"), "decides at the city"),
    Person("city", CITY, "city-supervisor", ("supervisor",), "sees where it sticks, and urges"),
)


@dataclass(frozen=True, slots=True)
class SignIn:
    person: Person
    url: str
    password: str


async def accounts(places: Sequence[Place], folders: Folders) -> list[SignIn]:
    """Make those that are missing; the passwords stay in the state folder, for its owner alone."""
    known = _passwords(folders)
    found: list[SignIn] = []
    for place in places:
        here = [person for person in PEOPLE if person.tier == place.name]
        if not here:
            continue
        async with opened(place.database) as pool:
            made = Accounts(pool, Passwords())
            for person in here:
                if await made.get(person.name) is None:
                    await made.add(person.name, person.unit, None, person.roles, known[person.name])
                    await made.set_password(person.name, known[person.name], must_change=False)
                found.append(SignIn(person, place.url, known[person.name]))
    return found


def _passwords(folders: Folders) -> dict[str, str]:
    """By name: those of an earlier start, else new ones."""
    kept = folders.state / "people.json"
    known: dict[str, str] = json.loads(kept.read_text()) if kept.exists() else {}
    known = {person.name: known.get(person.name) or passwords.given() for person in PEOPLE}
    with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(known, out)
    return known
