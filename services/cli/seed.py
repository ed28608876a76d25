"""`sanji seed`: units, catalogue, clearance rounds, departments and their chief representatives, and calendar, through
the API of running services."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli.clearing import Round, read_catalogue, read_rounds
from services.cli.departments import admissions
from services.cli.refusing import plainly
from services.cli.replay.command import bases, tokens
from services.cli.replay.reference import key_of, known_everywhere, listed
from services.cli.replay.send import AT_ONCE, Refused, Sender, Services
from services.cli.replay.units import Unit
from services.cli.representatives import Representative, read_representatives
from services.cli.seed_files import DATA, calendars, read_items, read_units
from services.runtime.issuer import load_issuer

ROLES = frozenset({"unit_administrator", "catalogue_manager", "clerk", "government_head", "integrator"})
"""Administrator and catalogue manager; and for the rounds of the past the windows, the government and the importer."""
PERSON = "seed"
REPRESENTATIVES = DATA / "chief-representatives.csv"
ORDER = ("city", "district", "township")
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many units, items, departments in units, clearance rounds and chief representatives (those prepared for are
    among them) there are, and how many this run added."""

    units: int
    items: int
    units_added: int
    items_added: int
    departments: int
    departments_added: int
    clearances: int
    clearances_added: int
    representatives: int
    representatives_added: int


@dataclass(frozen=True, slots=True)
class Given:
    """Bodies of POST /units and /items, as `read_units`, `read_items` and `read_catalogue` give them, rounds, and what
    bodies say of their chief representatives."""

    units: list[Body]
    items: list[Body]
    rounds: Sequence[Round] = ()
    representatives: Sequence[Representative] = ()


def command(
    service: Annotated[list[str], typer.Option(help="tier=URL, or the beginning of unit codes=URL.")],
    issuer: Annotated[Path, typer.Option(envvar="SANJI_ISSUER", help="Folder with the key that signs tokens.")],
    keys: Annotated[Path, typer.Option(envvar="SANJI_KEYS", help="Folder with the units' keys.")],
    units: Annotated[Path, typer.Option(help="CSV: code, name, tier, parent.")] = DATA / "huainan-units.csv",
    items: Annotated[Path, typer.Option(help="JSON: a list of bodies of POST /items.")] = DATA / "items.json",
    catalogue: Annotated[Path, typer.Option(help="CSV: made-up items, before and after.")] = DATA / "catalogue.csv",
    clearances: Annotated[Path, typer.Option(help="JSON: the rounds between.")] = DATA / "clearances.json",
    representatives: Annotated[Path, typer.Option(help="CSV: made-up chief representatives.")] = REPRESENTATIVES,
    city: Annotated[str, typer.Option(help="Code of the city's unit.")] = "340400",
    patience: Annotated[float, typer.Option(min=0.1, help="Seconds to wait for a silent service.")] = 300.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Open the units, publish the items, admit the departments, run the rounds and hang out the signs of chief
    representatives that the services do not know yet.

    Repeating it adds nothing.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    quiet = as_json or not Console(stderr=True).is_terminal
    with plainly(), Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("units, items and rounds", total=None)
        services = Services(bases(service), tokens(load_issuer(issuer), ROLES))
        known, made_up = read_items(items), read_catalogue(catalogue)
        given = Given(
            read_units(units, keys),
            [*known, *made_up],
            read_rounds(clearances, catalogue, known, city),
            read_representatives(representatives, made_up, city),
        )

        def told(done: int, all: int) -> None:
            progress.update(task, completed=done, total=all)

        found = asyncio.run(_run(services, Unit(city, "city"), given, patience, told))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        typer.echo(
            f"{found.units} units ({found.units_added} new), {found.items} items ({found.items_added} new), "
            f"{found.departments} departments in units ({found.departments_added} new), "
            f"{found.clearances} clearance rounds ({found.clearances_added} new), "
            f"{found.representatives} chief representatives ({found.representatives_added} new)"
        )


async def _run(
    services: Services, city: Unit, given: Given, patience: float, progress: Callable[[int, int], None]
) -> Seeded:
    async with httpx.AsyncClient(timeout=60.0, limits=httpx.Limits(max_connections=AT_ONCE)) as client:
        return await seed(Sender(client, services, patience=patience), city, given, patience, progress)


async def seed(
    sender: Sender,
    city: Unit,
    given: Given,
    patience: float,
    progress: Callable[[int, int], None] = lambda done, all: None,
) -> Seeded:
    """Post what is not known yet; return when every tier's service knows all of it. Raises Refused, NoAnswer."""
    units, items = given.units, given.items
    open_already = await listed(sender, city, "units")
    known = [await listed(sender, city, "items")]
    wanted = [body for body in units if body["code"] not in open_already]
    published = await listed(sender, city, "calendars")
    years = [body for body in calendars() if str(body["year"]) not in published]
    admitted = await listed(sender, city, "departments")
    every = admissions(units, items)
    admitting = [(keeper, body) for keeper, body in every if key_of("departments", body) not in admitted]
    ended = await listed(sender, city, "clearances")
    running = [one for one in given.rounds if _ended(one) not in ended]
    hung_out = await listed(sender, city, "chief-representatives")
    coming = [one for one in given.representatives if _come(one) not in hung_out]
    done, todo = 0, len(wanted) + len(items) + len(years) + len(admitting) + len(running) + len(coming)

    async def post(at: Unit, path: str, body: Body) -> None:
        nonlocal done
        await posted(sender, at, path, body)
        done += 1
        progress(done, todo)

    async def post_all(path: str, bodies: list[tuple[Unit, Body]]) -> None:
        await asyncio.gather(*(post(at, path, body) for at, body in bodies))

    for tier in ORDER:
        await post_all("units", [(city, body) for body in wanted if body["tier"] == tier])
    tree = {body["code"]: Unit(body["code"], body["tier"], body.get("parent")) for body in units}
    places = list({unit.tier: unit for unit in tree.values()}.values())
    places += [tree[code] for code in sorted({keeper for keeper, _ in admitting} - {place.code for place in places})]
    await known_everywhere(sender, places, {("units", code) for code in tree}, patience)
    await post_all("departments", [(tree[keeper], body) for keeper, body in admitting])
    for whose in {body.get("unit") for body in items} - {None}:
        known.append(await listed(sender, tree[str(whose)], "items"))
    lacking = [body for body in items if not any(key_of("items", body) in there for there in known)]
    await post_all("items", [(tree.get(str(body.get("unit")), city), body) for body in lacking])
    await post_all("calendars", [(city, body) for body in years])
    for one in running:
        await clear(sender, city, one)
        done += 1
        progress(done, todo)
    for one in coming:
        for path, body in one.posts:
            await posted(sender, city, path, body)
        done += 1
        progress(done, todo)
    there = {("chief-representatives", _come(one)) for one in given.representatives}
    there |= {("clearances", _ended(one)) for one in given.rounds}
    there |= {("items", key_of("items", body)) for body in items}
    there |= {("calendars", str(body["year"])) for body in calendars()}
    there |= {("departments", key_of("departments", body)) for _, body in every}
    await known_everywhere(sender, places, there, patience)
    return Seeded(
        len(units),
        len(items),
        len(wanted),
        len(lacking),
        len(every),
        len(admitting),
        len(given.rounds),
        len(running),
        len(given.representatives),
        len(coming),
    )


async def clear(sender: Sender, city: Unit, one: Round) -> None:
    """Run a clearance round from its opening to its publication; what was done before is not done again.

    Raises Refused, NoAnswer.
    """
    opened = await posted(sender, city, "clearances", one.opening)
    path = f"clearances/{opened['clearance']['id']}"
    for window, forms in one.windows.items():
        answered = await posted(sender, city, f"{path}/proposals", {"window": window, "forms": forms})
        mine = [form["answers"] for form in answered["clearance"]["forms"]]
        proposals = [said["proposal"] for answers in mine for said in answers if said["window"] == window]
        reviews = [{"proposal": proposal, "verdict": "agreed"} for proposal in proposals]
        await posted(sender, city, f"{path}/reviews", {"reviews": reviews})
    await posted(sender, city, f"{path}/approve", {"document": one.document})
    await posted(sender, city, f"{path}/publish", {"valid_from": one.valid_from})


def _ended(one: Round) -> str:
    return key_of("clearances", {"name": one.name, "stage": "published"})


def _come(one: Representative) -> str:
    return f"{one.department}/{'hung_out' if one.hung_out else 'preparing'}"


async def posted(sender: Sender, at: Unit, path: str, body: Body) -> Mapping[str, Any]:
    """The answer to this body, whose key is made of it, so that it is done once. Raises Refused, NoAnswer."""
    digest = sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    answer = await sender.post(at, PERSON, f"/api/v1/{path}", body, f"seed-{path}-{digest}")
    if not answer.done:
        name = body.get("code") or body.get("year") or body.get("name") or ""
        raise Refused(at.code, f"POST /{path} {name}".strip(), answer.status, answer.body)
    return answer.body
