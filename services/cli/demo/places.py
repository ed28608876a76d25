"""The four services of the demonstration: what each hosts, where it listens, and its settings."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.topics import TIERS, Topics
from deploy.local import Stack
from deploy.local.ports import is_free
from services.cli import issuer, keys
from services.cli.refusing import Cannot
from services.runtime.host import Host
from services.runtime.issuer import PUBLIC_FILE, issue, load_issuer
from services.runtime.tokens import Actor

PORTAL = "portal"
CITY = "340400"
HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """One service. `name` is also that of its database and of its package under `services`."""

    name: str
    units: tuple[str, ...]
    port: int
    database: str

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def reads(self) -> tuple[str, ...]:
        """The topics that it copies from."""
        return Host(self.name, self.name, frozenset(self.units), CITY, Topics()).reads


@dataclass(frozen=True, slots=True)
class Folders:
    """Everything the demonstration keeps, in the state folder."""

    state: Path

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def issuer(self) -> Path:
        return self.state / "issuer"

    @property
    def logs(self) -> Path:
        return self.state / "logs"

    @property
    def settings(self) -> Path:
        return self.state / "settings"


def prepare(stack: Stack, folders: Folders, units: Path, port: int | None) -> tuple[Place, ...]:
    """Make the keys, the issuer and the databases that are missing; the services, tiers first.

    `port` is the portal's; without it one is picked and kept. Raises Cannot for a port that is taken, LocalError.
    """
    hosted = hosted_units(units)
    for unit in (unit for name, codes in hosted.items() if name != PORTAL for unit in codes):
        keys.make(folders.keys, unit)
    issuer.make(folders.issuer)
    found: list[Place] = []
    for name, codes in hosted.items():
        picked = port if name == PORTAL and port is not None else stack.state.port(f"http.{name}")
        if not is_free(picked):
            raise Cannot(
                f"Port {picked}, where the service {name} shall listen, is taken by another program. Stop it, "
                f"or choose another port: --port for the portal, for the others in {stack.state.folder / 'stack.json'}."
            )
        found.append(Place(name, codes, picked, stack.postgres.create_database(name)))
    return tuple(found)


def the_portal(places: Sequence[Place]) -> Place:
    return next(place for place in places if place.name == PORTAL)


def hosted_units(units: Path) -> dict[str, tuple[str, ...]]:
    """The units of each service: one hosts all of a tier."""
    with units.open(encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    tiers = {tier: tuple(row["code"] for row in rows if row["tier"] == tier) for tier in TIERS}
    return {**tiers, PORTAL: (PORTAL,)}


def settings(place: Place, places: Sequence[Place], stack: Stack, folders: Folders, notice: str) -> dict[str, str]:
    """The environment of this service; a tier's asks the portal for cases that it never had, and the others for
    papers."""
    portal, operator = the_portal(places), _operator(folders, place)
    others = [one for one in places if one not in (place, portal)]
    of_a_tier = {
        "TIER": place.name,
        "PORTAL": portal.url,
        "PORTAL_TOKEN": operator,
        "TRACKING": f"{portal.url}/track",
        "OFFICES": ",".join(f"{unit}={other.url}" for other in others for unit in other.units),
        "OFFICES_TOKEN": operator,
    }
    said = {
        "SERVICE": place.name,
        **({} if place.name == PORTAL else of_a_tier),
        "UNITS": ",".join(place.units),
        "ROOT_UNIT": CITY,
        "DATABASE": place.database,
        "KAFKA": stack.kafka.bootstrap(),
        "KEYS": str(folders.keys),
        "ISSUER_KEYS": str(folders.issuer / PUBLIC_FILE),
        "STATE": str(stack.state.folder / "markers"),
        "HOST": HOST,
        "PORT": str(place.port),
        "HTTPS": "false",
        "NOTICE": notice,
    }
    return {f"SANJI_{name}": value for name, value in said.items()}


def _operator(folders: Folders, place: Place) -> str:
    """A token in the name of this service, for as long as a demonstration may run."""
    actor = Actor(place.name, CITY, None, frozenset({"operator"}))
    return issue(load_issuer(folders.issuer), actor, at=datetime.now(UTC), lifetime=timedelta(days=366))


def keep_settings(folder: Path, name: str, environment: Mapping[str, str]) -> None:
    """Write them where `set -a; . FILE` gives them to any other command. For the owner alone: a password and a
    token are among them."""
    folder.mkdir(mode=0o700, exist_ok=True)
    text = "".join(f"{key}='{value}'\n" for key, value in environment.items() if "'" not in value)
    draft = folder / f".{name}.env"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        out.write(text)
    draft.replace(folder / f"{name}.env")
