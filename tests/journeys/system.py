"""A whole system: the services as processes, on real PostgreSQL and Kafka."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import httpx

from deploy.local import Stack
from deploy.local.ports import free_port
from deploy.local.processes import spawn
from services.cli.verify.run import Report, verify
from services.cli.verify.sources import Service as Copies
from services.runtime.issuer import PUBLIC_FILE, issue, make_issuer
from services.runtime.keys import UnitKeys, make_unit_keys, public_keys
from services.runtime.tokens import Actor
from tests.journeys import rest
from tests.journeys.clerk import Answer, Body, Clerk
from tests.journeys.ledger import Ledger
from tests.journeys.places import CITY, HOSTED, ITEMS, UNITS, opened, tier_of
from tests.journeys.waiting import until
from tests.runtime.subscribers import Subscriber, listening

LAST_WORDS = 4000
ROLES = ("clerk", "approver")
PATIENCE = 180
"""Seconds for programs to start: many at once, on few cores."""


@dataclass(slots=True)
class Service:
    """One program. `name` is its own; `program` that of its package; `database` that of its database."""

    name: str
    program: str
    units: tuple[str, ...]
    port: int
    database: str
    dsn: str
    log: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """The end of what it said, for whoever looks at a failed test."""
        return self.log.read_text(errors="replace")[-LAST_WORDS:]


class System:
    """Three services and the portal. The township reaches Kafka over the stack's link of this name, which can be cut
    and which no other system uses; directly where there is none. `http` notes in `ledger` what is acknowledged."""

    def __init__(self, stack: Stack, folder: Path, name: str, *, over: str | None = "township") -> None:
        self.stack = stack
        self.prefix = f"{name}."
        self._over = over
        self.link = stack.kafka.proxy(over) if over is not None else None
        self.ledger = Ledger()
        self.http = httpx.AsyncClient(transport=self.ledger, timeout=60)
        self.keys: dict[str, UnitKeys] = {}
        self._folder = folder
        self._name = name
        self._everything = AsyncExitStack()
        self._subscriber: Subscriber | None = None
        self.services: dict[str, Service] = {}
        for tier, units in {**HOSTED, "portal": ("portal",)}.items():
            database, log = f"{name}_{tier}", folder / f"{tier}.log"
            self.services[tier] = Service(tier, tier, units, free_port(), database, "", log)

    async def __aenter__(self) -> "System":
        try:
            self._issuer = make_issuer(self._folder / "issuer")
            self.token = cache(self._token)
            self.keys = {unit: make_unit_keys(self._folder / "keys", unit) for unit in (*UNITS, "portal")}
            for service in self.services.values():
                service.dsn = self.stack.postgres.create_database(service.database)
            if self.link is not None:
                await self._everything.enter_async_context(self.link)
            for tier in self.services:
                self.spawn(tier)
            await self._seed()
            await self.ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        for service in self.services.values():
            if service.process is not None:
                service.process.send_signal(signal.SIGTERM)
        for tier in self.services:
            await self._ended(tier)
        await self.http.aclose()
        await self._everything.aclose()
        for service in self.services.values():
            self.stack.postgres.drop_database(service.database)

    # Programs

    def another(self, name: str, program: str) -> Service:
        """One more service of this system, for no unit yet and not started; it has an empty database."""
        database = f"{self._name}_{name}"
        dsn = self.stack.postgres.create_database(database)
        made = Service(name, program, (), free_port(), database, dsn, self._folder / f"{name}.log")
        self.services[name] = made
        return made

    def retire(self, name: str) -> None:
        """A service that was stopped and has no unit any more is no part of this system."""
        assert self.services[name].process is None
        self.stack.postgres.drop_database(self.services.pop(name).database)

    def spawn(self, tier: str, **more: str) -> None:
        """Start its program, with these settings more; returns before it answers."""
        service = self.services[tier]
        service.process = spawn(self.command(tier), service.log, env=self.environment(tier, **more))

    def command(self, tier: str) -> list[str]:
        """The words that start its program, the stack's mark among them."""
        program = self.services[tier].program
        return [sys.executable, "-m", f"services.{program}", f"--mark={self.stack.state.kept.mark}"]

    def kafka(self, tier: str) -> str:
        """Where its program finds Kafka."""
        return self.stack.kafka.bootstrap(self._over if tier == "township" else None)

    def environment(self, tier: str, **more: str) -> dict[str, str]:
        """What its program is started with, with these settings more."""
        service = self.services[tier]
        settings = {
            "SERVICE": tier,
            "UNITS": ",".join(service.units),
            "DATABASE": service.dsn,
            "KAFKA": self.kafka(tier),
            "TOPIC_PREFIX": self.prefix,
            "KEYS": str(self._folder / "keys"),
            "ISSUER_KEYS": str(self._folder / "issuer" / PUBLIC_FILE),
            "STATE": str(self._folder / "markers"),
            "PORT": str(service.port),
            "PORTAL": self.services["portal"].url,
            "PORTAL_TOKEN": self.operator,
            "OFFICES": ",".join(
                f"{u}={o.url}" for o in self.services.values() if o.units != ("portal",) for u in o.units
            ),
            "OFFICES_TOKEN": self.operator,
            "WEBHOOK_HOSTS": "127.0.0.1",
            "HTTPS": "false",
            "CODE_MEMORY_KIB": "64",
            "CODE_PASSES": "1",
            **more,
        }
        environment = {**os.environ, **{f"SANJI_{name}": value for name, value in settings.items()}}
        return {**environment, "PYTHONPATH": str(Path(__file__).parents[2])}

    async def start(self, tier: str) -> None:
        """Start its program and wait until it is ready."""
        self.spawn(tier)
        await self.ready(tier)

    async def stop(self, tier: str) -> None:
        """Ask it to stop; returns when it has ended, in order."""
        process = self.services[tier].process
        assert process is not None
        process.send_signal(signal.SIGTERM)
        assert await self._ended(tier) == 0, self.services[tier].said()

    async def kill9(self, tier: str) -> None:
        """Kill it as it stands."""
        process = self.services[tier].process
        assert process is not None
        process.kill()
        await self._ended(tier)

    async def _ended(self, tier: str) -> int | None:
        service = self.services[tier]
        process, service.process = service.process, None
        if process is None:
            return None
        try:
            return await asyncio.to_thread(process.wait, 40)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    # What they say of themselves

    async def status(self, tier: str) -> Body:
        """What /readyz says; empty while the program does not answer. Raises AssertionError when it has ended."""
        service = self.services[tier]
        assert service.process is not None, f"{tier} was not started"
        assert service.process.poll() is None, f"{tier} ended by itself:\n{service.said()}"
        try:
            return (await self.http.get(f"{service.url}/readyz")).json()
        except httpx.TransportError:
            return {}

    async def ready(self, *tiers: str, seconds: float = PATIENCE) -> None:
        for tier in tiers or self.services:
            await until(lambda tier=tier: self.status(tier), lambda said: said.get("ready"), seconds)

    def _token(self, unit: str, roles: tuple[str, ...], subject: str) -> str:
        actor = Actor(subject, unit, None, frozenset(roles))
        return issue(self._issuer, actor, at=datetime.now(UTC), lifetime=timedelta(hours=2))

    def clerk(self, unit: str, *roles: str, subject: str = "A01") -> Clerk:
        """A person of this unit; without `roles` one who may do every act of a clerk and decide."""
        url = self.services[tier_of(unit)].url
        return Clerk(self.http, url, unit, self.token(unit, roles or ROLES, subject))

    async def subscriber(self) -> Subscriber:
        """One without Kafka, who takes whatever any service sends him."""
        if self._subscriber is None:
            self._subscriber = await self._everything.enter_async_context(listening(Subscriber(allowed="*")))
        return self._subscriber

    async def _seed(self) -> None:
        """Open the units and publish the items, through the city's API."""
        city = self.clerk(CITY, "unit_administrator", "catalogue_manager")

        async def writable() -> Answer | None:
            try:
                found = await city.post("/units", units[0], f"unit-{CITY}")
            except httpx.TransportError:
                await self.status("city")
                return None
            return found if found.status != 503 else None

        units = [opened(unit, public_keys(self.keys[unit])) for unit in UNITS]
        await until(writable, lambda seen: seen is not None, PATIENCE)
        for unit in units[1:]:
            assert (await city.post("/units", unit, f"unit-{unit['code']}")).done
        for item in ITEMS:
            assert (await city.post("/items", item, f"item-{item['code']}")).done

    # What holds

    async def chains(self, tier: str) -> dict[str, list[bytes]]:
        """Every live chain of this service, as its API gives them."""
        url = f"{self.services[tier].url}/api/v1/chains"
        headers = {"Authorization": f"Bearer {self.operator}"}
        given = await self.http.get(url, params={"full": "1"}, headers=headers)
        assert given.status_code == 200, given.text
        found: dict[str, list[bytes]] = {}
        for line in filter(None, given.content.split(b"\n")):
            found.setdefault(_stream(line), []).append(line)
        return found

    async def quarantined(self, tier: str) -> dict[bytes, str]:
        """By hash, why it was set aside there."""
        return await rest.quarantined(self.services[tier].dsn)

    @property
    def operator(self) -> str:
        """A token that reads all chains."""
        return self.token(CITY, ("operator",), "O01")

    async def at_rest(self, seconds: float = 120) -> None:
        """Return when nothing is on its way any more."""
        await rest.at_rest(self.services.values(), self.stack.kafka.bootstrap(), self.prefix, seconds)

    async def holds(self) -> Report:
        """At rest: every chain sound, equal on every service that has it, every view as a fresh fold, nothing set
        aside, and every acknowledged act there once. The report of `verify`."""
        await self.at_rest()
        report = await verify([Copies(s.name, s.url, self.operator, self.http) for s in self.services.values()])
        assert report.bad == []
        assert report.open == []
        assert report.lagging == {}
        merged: dict[str, list[bytes]] = {}
        for tier in self.services:
            merged |= await self.chains(tier)
        beaten = set[bytes]()
        for service in self.services.values():
            beaten |= await rest.superseded(service.dsn)
        assert self.ledger.differences(merged, beaten) == []
        for service in self.services.values():
            aside = await rest.aside(service.dsn)
            assert aside == {}, (service.name, aside)
            assert await rest.views_bad(service.dsn) == [], service.name
        return report


def _stream(line: bytes) -> str:
    """Its place is fixed in what `build` makes; faster than parsing."""
    return line.partition(b'"subject":"')[2].partition(b'"')[0].decode()
