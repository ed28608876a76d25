"""What happens in the demonstration, in this order. Each step can be repeated: a second start adds nothing."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from deploy.local import Stack
from services.cli.clearing import read_catalogue, read_rounds
from services.cli.demo.checks import Checked, check
from services.cli.demo.children import Children
from services.cli.demo.places import CITY, PORTAL, Folders, Place, keep_settings, prepare, settings, the_portal
from services.cli.demo.rest import at_rest, codes_told
from services.cli.demo.telling import Telling
from services.cli.demo.totals import from_file, from_portal
from services.cli.refusing import Cannot
from services.cli.replay.command import tokens
from services.cli.replay.mapping import Map
from services.cli.replay.plan import PERSON
from services.cli.replay.run import Totals, replay
from services.cli.replay.send import Backoff, Sender, Services
from services.cli.replay.units import Unit
from services.cli.representatives import read_representatives
from services.cli.seed import ROLES, seed
from services.cli.seed import Given as Seeds
from services.cli.seed_files import read_items, read_units
from services.cli.verify.run import Report, verify
from services.cli.verify.sources import Service
from services.runtime.issuer import Issuer, load_issuer

PATIENCE = 300.0
CODES_PATIENCE = 120.0
"""Seconds. Each derivation is slow by design; whoever has more cases than this takes is told how many are left."""
IN_FLIGHT = 800
"""Cases at once: the more, the larger the batches of every stage they pass."""
OPERATOR = frozenset({"operator"})
ATTRIBUTION = (
    "数据：J.C.A.M. Buijs, Receipt phase of an environmental permit application process (WABO), CoSeLoG project, "
    "4TU.ResearchData, doi:10.4121/uuid:a07386a5-7be3-4367-9535-70bc9e77dbe6。"
)


@dataclass(frozen=True, slots=True)
class Given:
    """The data of the demonstration. `counts` is the script that counts the log without us."""

    units: Path
    items: Path
    catalogue: Path
    clearances: Path
    representatives: Path
    log: Path
    map: Map
    counts: Path

    @property
    def notice(self) -> str:
        """What stands wherever figures of this log are shown."""
        return f"{self.map.note} {ATTRIBUTION}"


@dataclass(slots=True)
class Outcome:
    """What was found. `portal` and `file` are the same totals from two sides."""

    replayed: Totals
    report: Report
    checked: Checked
    portal: dict[str, int]
    file: dict[str, int]
    seconds: float
    codes_to_come: int
    """Query codes that the portal cannot check yet; whoever brings one of these is answered as if it were wrong."""
    faults: list[str] = field(default_factory=list[str])

    def as_json(self) -> dict[str, Any]:
        return {
            **self.portal,
            "chains_checked": self.report.chains,
            "copies_checked": self.report.copies,
            "records_checked": self.report.records,
            "anchors_checked": self.report.anchors,
            "chains_bad": self.report.chains_bad,
            "chains_lagging": sum(self.report.lagging.values()),
            "views_checked": self.checked.views,
            "views_bad": self.checked.views_bad,
            "parked": self.checked.parked,
            "dead": self.checked.dead,
            "quarantined": self.checked.quarantined,
            "codes_to_come": self.codes_to_come,
            "replay_seconds": self.replayed.seconds,
            "seconds": round(self.seconds, 1),
            "from_file": self.file,
            "faults": self.faults,
        }


async def begin(
    stack: Stack, children: Children, folders: Folders, given: Given, port: int | None, telling: Telling
) -> Sequence[Place]:
    """Start the four services; returns when the board answers."""
    telling.step("Keys of the units, issuer of tokens, databases")
    places = prepare(stack, folders, given.units, port)
    for place in places:
        environment = settings(place, places, stack, folders, given.notice)
        keep_settings(folders.settings, place.name, environment)
        await children.start(place.name, environment)
    telling.step(f"Starting {', '.join(place.name for place in places)}; their logs are in {folders.logs}")
    async with httpx.AsyncClient(timeout=10.0) as client:
        await _answers(client, the_portal(places).url)
    telling.step(f"[bold]The board: {the_portal(places).url}/[/]")
    return places


async def tell(places: Sequence[Place], stack: Stack, folders: Folders, given: Given, telling: Telling) -> Outcome:
    """Seed, replay, wait for rest, anchor, verify, wait for query codes, check, count. Raises what the steps raise."""
    issuer, city = load_issuer(folders.issuer), Unit(CITY, "city")
    bases = {place.name: place.url for place in places}

    def services(roles: frozenset[str] | None = None) -> Services:
        signed = tokens(issuer) if roles is None else tokens(issuer, roles)
        return Services(lambda unit: bases[unit.tier], signed)

    async with httpx.AsyncClient(timeout=60.0) as client:
        with telling.counting("units and items") as progress:
            sender = Sender(client, services(ROLES), patience=PATIENCE)
            items, made_up = read_items(given.items), read_catalogue(given.catalogue)
            seeds = Seeds(
                read_units(given.units, folders.keys),
                [*items, *made_up],
                read_rounds(given.clearances, given.catalogue, items, CITY),
                read_representatives(given.representatives, made_up, CITY),
            )
            seeded = await seed(sender, city, seeds, PATIENCE, progress)
        telling.step(
            f"{seeded.units} units and {seeded.items} items are known to every service; "
            f"{seeded.clearances} clearance rounds and {seeded.representatives} chief representatives, "
            "made up to the report's figures"
        )
        with telling.counting("cases") as progress:
            replayed = await replay(
                given.log, given.map, services(), city, in_flight=IN_FLIGHT, patience=PATIENCE, progress=progress
            )
        telling.step(f"{replayed.cases} cases told by {replayed.acts} acts in {replayed.seconds:.1f} s")
        await _rest(places, stack, telling)
        anchors = await _anchor(client, places, issuer)
        telling.step(f"{anchors} units signed what they wrote")
        await _rest(places, stack, telling)
        with telling.waiting("Checking every chain on every service that has it") as progress:
            token = tokens(issuer, OPERATOR)(city, PERSON)
            sources = [Service(place.name, place.url, token, client) for place in places]
            report = await verify(
                sources, lambda report: progress(f"{report.chains} chains, {report.records} records read")
            )
        telling.step(f"{report.chains} chains in {report.copies} copies, {report.anchors} anchors checked")
        codes_to_come = await _codes(places, stack, telling)
        with telling.waiting("Checking every view against a fresh fold"):
            checked = await check(places)
        telling.step(f"{checked.views} views checked")
        keys = {item.key for item in given.map.items}
        counted = await from_portal(client, the_portal(places).url, keys)
        if codes_to_come:  # while all that was checked, more of them came
            codes_to_come = await codes_told(places, patience=0)
    file = await from_file(given.counts, given.log)
    outcome = Outcome(replayed, report, checked, counted, file, telling.seconds, codes_to_come)
    outcome.faults = _faults(outcome)
    return outcome


async def _answers(client: httpx.AsyncClient, url: str) -> None:
    wait = Backoff(PATIENCE, 0.1)
    while True:
        try:
            answer = await client.get(url + "/", follow_redirects=True)
            if answer.status_code == 200:
                return
            reason = str(answer.status_code)
        except httpx.TransportError as error:
            reason = type(error).__name__
        await wait.once_more(f"{url}: {reason}")


async def _rest(places: Sequence[Place], stack: Stack, telling: Telling) -> None:
    with telling.waiting("Waiting until nothing moves any more") as progress:
        await at_rest(places, stack.kafka.bootstrap(), PATIENCE, progress)


async def _codes(places: Sequence[Place], stack: Stack, telling: Telling) -> int:
    """Wait, though not for many minutes, until the portal can check every query code; how many it cannot yet."""
    with telling.counting("query codes for the portal") as progress:
        left = await codes_told(places, CODES_PATIENCE, progress)
    if not left:
        await _rest(places, stack, telling)
        telling.step("The portal can check every query code")
    return left


async def _anchor(client: httpx.AsyncClient, places: Sequence[Place], issuer: Issuer) -> int:
    """Have every tier's units sign now; how many did."""
    key = f"demo-{secrets.token_hex(8)}"

    async def publish(place: Place) -> int:
        token = tokens(issuer, OPERATOR)(Unit(place.units[0], "city"), PERSON)
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        answer = await client.post(f"{place.url}/api/v1/anchor", headers=headers)
        if answer.status_code != 200:
            raise Cannot(f"{place.name} publishes no anchors: {answer.status_code} {answer.text[:300]}")
        return len(answer.json()["anchors"])

    return sum(await asyncio.gather(*(publish(place) for place in places if place.name != PORTAL)))


def _faults(outcome: Outcome) -> list[str]:
    """Everything that does not hold, in words; empty when all does."""
    found = [f"{case} was not told whole: {reason}" for case, reason in outcome.replayed.failed]
    found += [f"{one.where} {one.stream}:{one.seq} {one.code}: {one.detail}" for one in outcome.report.bad]
    found += [f"{name}: {n} chains lag behind another copy" for name, n in outcome.report.lagging.items()]
    found += outcome.checked.words
    found += [
        f"{name.replace('_', ' ')}: {outcome.portal.get(name)} on the portal, {n} in the file"
        for name, n in outcome.file.items()
        if outcome.portal.get(name) != n
    ]
    return found
