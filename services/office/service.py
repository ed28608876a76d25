"""The composition root of a tier's service: every thread of wiring, in the order in which data flows."""

import asyncio
from importlib.metadata import version
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from services.office import (
    act_api,
    anchors_api,
    assuming_api,
    case_api,
    chains_api,
    clearances_api,
    deadline_api,
    items_api,
    papers_api,
    reference_api,
    register_api,
    supervision_api,
    texts_api,
    webhooks_api,
)
from services.office.acting import Acts
from services.office.anchors import Anchors, Clock
from services.office.assuming import Assuming
from services.office.book_keeper import BookKeeper
from services.office.case_view import CaseView
from services.office.cases import Cases
from services.office.clearances import Clearances
from services.office.deadlines import Deadlines
from services.office.items import Items
from services.office.law_clock import LawClock
from services.office.notices.issuing import Notices
from services.office.pages.application import SessionRules, put_pages
from services.office.pages.deeds import Deeds
from services.office.pages.outgoing import outgoing
from services.office.papers.fetching import PaperFetching
from services.office.papers.keeping import Papers
from services.office.papers.offices import Offices
from services.office.papers.tray import Tray
from services.office.reactions import Arrivals, Requests
from services.office.receiving import Receiving
from services.office.recomputing import Recomputing
from services.office.reference import Reference
from services.office.reference_api import Writes
from services.office.reference_log import ReferenceLog
from services.office.register import Register
from services.office.serials import Serials
from services.office.serving import Office
from services.office.supervision import Orders
from services.office.supervision_view import SupervisionView
from services.office.waiting import Requested
from services.runtime.beginning import Beginning, Speaking
from services.runtime.database import MIGRATIONS
from services.runtime.dead_letters import DeadLetterTopic
from services.runtime.deliveries import Deliveries
from services.runtime.fetching import Fetching, Portal
from services.runtime.gathering import Gathering
from services.runtime.host import Host
from services.runtime.http.app import create, operations
from services.runtime.issuer import read_issuer_keys
from services.runtime.kafka_in import KafkaIn
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import dead_letters, ensure_topics, feeds, inboxes
from services.runtime.kafka_watch import KafkaWatch
from services.runtime.keys import derive, load_unit_keys, sealing_key
from services.runtime.letters import Letters
from services.runtime.log import Log
from services.runtime.logging import configure
from services.runtime.marker import MarkerFile, before_sending
from services.runtime.metrics import Metrics
from services.runtime.paper_store import PaperStore
from services.runtime.peers import Peers
from services.runtime.projector import Projector
from services.runtime.readiness import Readiness
from services.runtime.relay import Relay
from services.runtime.repair import LooksAgain, Rereading
from services.runtime.replica import Replica
from services.runtime.running import run_together, stop_on_signals
from services.runtime.settings import Settings
from services.runtime.starting import database, kafka, listening
from services.runtime.telling import Telling
from services.runtime.tide import Tide
from services.runtime.tokens import Verifier
from services.runtime.tracking import Cost
from services.runtime.vault import Vault
from services.runtime.webhooks.hooks import Webhooks
from services.runtime.webhooks.subscriptions import Subscriptions
from services.runtime.witnesses import Witnesses

OFFICE_MIGRATIONS = Path(__file__).parent / "migrations"


async def run(settings: Settings, writes: frozenset[Writes] = frozenset()) -> None:
    """Run the office's service for the units of these settings until it is told to stop."""
    configure(settings.service, settings.log_level)
    assert settings.tier is not None, "SANJI_TIER says which tier the units are of"
    host = Host(settings.service, settings.tier, settings.hosted, settings.root_unit, settings.topics)
    unit_keys = {unit: load_unit_keys(settings.keys, unit) for unit in settings.units}
    mac_key = derive(unit_keys[min(settings.units)].wrapping, "request-mac.v1")
    verifier = Verifier(read_issuer_keys(settings.issuer_keys))
    metrics = Metrics(settings.service)
    dsn = settings.database.get_secret_value()
    pool = await database(settings, (MIGRATIONS, OFFICE_MIGRATIONS))

    # decide → log
    tide = Tide()
    log = Log(pool, tide)
    vault = Vault(unit_keys)
    keeper = BookKeeper(pool, tide)
    await keeper.caught_up()
    feed = settings.topics.feed(settings.tier)
    clock = Clock()
    anchors = Anchors(pool, log, unit_keys, feed, clock)
    await anchors.begin()
    cases = Cases(pool, log, keeper, vault, feed, clock)
    store = PaperStore(settings.papers_in)
    papers = Papers(pool, cases, store)
    notices = Notices(pool, cases, papers, settings.tracking)
    acts = Acts(pool, log, cases, notices, settings.consultation_days)
    reference_log = ReferenceLog(log, keeper, settings.topics.reference, clock)
    reference, register = Reference(reference_log, settings.root_unit), Register(reference_log)

    # Kafka → log
    link = KafkaLink.of(settings)
    wanted = [
        *feeds(settings.topics),
        *inboxes(settings.topics, [*settings.units, "portal"]),
        dead_letters(settings.topics, settings.service),
    ]

    async def prepare() -> None:
        await ensure_topics(link, wanted)

    dead = DeadLetterTopic(link, settings.topics.deadletter(settings.service))
    replica = Replica(pool, tide, host, Letters(vault, unit_keys), on_dead=dead.tell)
    watch = KafkaWatch(link)
    reading = KafkaIn(link, f"{settings.topic_prefix}{settings.service}", host.reads, replica, prepare, watch)
    marker = MarkerFile(settings.state, settings.service)

    # log → Kafka
    def public_key(unit: str) -> X25519PublicKey | None:
        known = keeper.book.units.get(unit)
        return sealing_key(known.sealing_key) if known else None

    deliveries = Deliveries(pool, tide, host, vault, public_key)
    cost = Cost(settings.code_memory_kib, settings.code_passes)
    telling = Telling(pool, host, vault, deliveries.inboxes, cost)
    beginning = Beginning(log, replica, link, marker, prepare, Witnesses.of(settings))
    relay = Relay(
        pool,
        dsn,
        tide,
        host,
        link.options(),
        before_sending(marker),
        deliveries,
        telling,
        stop_seconds=settings.stop_seconds,
    )

    # log → views, log → reactions
    projector = Projector(pool, tide, CaseView())
    ordered = Projector(pool, tide, SupervisionView())
    arrivals = Arrivals(cases, papers, host.own, feed, clock).reactor(pool, tide)
    deadlines = Deadlines(pool, tide, cases.commands, keeper, host.own)
    requested = Requested(pool, tide, cases.commands)
    law = LawClock(pool, cases, keeper, deadlines, requested, feed, clock)
    recomputing = Recomputing(pool, keeper, deadlines, law)
    requests = Requests(pool, tide, cases, host.own, feed, deliveries.forward)

    # other offices → papers
    wrapping = {unit: keys.wrapping for unit, keys in unit_keys.items()}
    tray, offices = Tray(pool, store, wrapping), Offices.of(settings)
    fetching = PaperFetching(pool, host.own, cases, store, tray, offices, settings.papers_on_their_way)

    # log → subscribers without Kafka
    webhooks = Webhooks(pool, tide, wrapping, settings.service)

    # views → query
    def missing() -> list[str]:
        closed = [unit for unit in settings.units if not keeper.book.is_here(unit)]
        waits = [f"units to be opened: {', '.join(closed[:5])}{' …' if len(closed) > 5 else ''}"] if closed else []
        return waits + ([] if keeper.book.items else ["items to be published"])

    followers = {
        "views": projector.shown,
        "orders": ordered.shown,
        "deadlines": deadlines.shown,
        "reactions": arrivals.done,
        "waiting": requested.shown,
    }
    readiness = Readiness(pool, beginning, relay, watch, followers, keeper.known, missing)
    readiness.measure(metrics)
    recomputing.measure(metrics)
    webhooks.measure(metrics)
    app = create(f"Sanji · {settings.tier}", version("sanji"), metrics)
    operations(app, metrics, readiness.check)
    receiving = Receiving(cases, pool, vault, Serials(log))
    shown = (projector.shown, ordered.shown, requested.shown)
    office = Office(pool, cases, acts, receiving, notices, papers, verifier, shown, mac_key, settings.hosted, law)
    portal = Portal.of(settings)
    orders = Orders(pool, cases, Fetching(replica, portal))
    rules = SessionRules.of(settings)
    city = settings.root_unit in settings.hosted
    assuming = Assuming(cases, Gathering(replica, link), settings.root_unit) if city else None
    put_pages(
        app, office, rules, wrapping, vault, lambda: outgoing(relay.status, tide), settings.tracking, tray,
        settings.paper_bytes, Deeds(acts, orders, assuming),
    )  # fmt: skip
    app.include_router(act_api.routes(office))
    app.include_router(case_api.routes(office))
    app.include_router(texts_api.routes(office))
    app.include_router(papers_api.routes(office, store, tray, settings.paper_bytes))
    if assuming is not None:
        app.include_router(assuming_api.routes(office, assuming))
    else:
        app.include_router(supervision_api.answering(office, orders))
    if settings.tier != "township":
        app.include_router(supervision_api.giving(office, orders))
    app.include_router(supervision_api.reading(office, orders))
    app.include_router(deadline_api.routes(office, keeper))
    app.include_router(chains_api.routes(pool, verifier, settings.hosted, lambda: marker.said))
    app.include_router(anchors_api.routes(anchors, verifier))
    app.include_router(reference_api.reading(reference_log))
    app.include_router(reference_api.writing(reference, verifier, mac_key, settings.hosted, writes))
    app.include_router(items_api.reading(reference_log, pool))
    if "items" in writes:
        app.include_router(items_api.writing(Items(reference_log), verifier, mac_key, settings.hosted))
        rounds = Clearances(reference_log)
        app.include_router(clearances_api.writing(rounds, verifier, mac_key, settings.hosted))
    app.include_router(clearances_api.reading(reference_log, verifier))
    app.include_router(register_api.reading(reference_log, pool, verifier, settings.hosted))
    if "register" in writes:
        app.include_router(register_api.writing(register, verifier, mac_key, settings.hosted))
    if settings.webhook_hosts:
        subscriptions = Subscriptions(pool, wrapping, frozenset(settings.webhook_hosts), settings.service)
        app.include_router(webhooks_api.routes(subscriptions, webhooks, verifier))
    server = listening(app, settings)

    await kafka(link, wanted, host.inboxes, await replica.reader())
    speaking = Speaking(beginning, settings.restored_override)

    async def answer_what_is_in_flight() -> None:
        await server.end()

    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await run_together(
            [
                {"http": server.serve},
                {"begin": speaking.begin, "reactions": arrivals.run, "requests": requests.run, "anchors": anchors.run},
                {"law_clock": law.run, "recomputing": recomputing.run, "papers": fetching.run},
                {"replica": speaking.then(reading.run)},
                {"looks_again": LooksAgain(replica, tide).run, "rereading": Rereading(replica, link).run},
                {"log": log.run, "dead_letters": dead.run},
                *([{"webhooks": webhooks.run}] if settings.webhook_hosts else []),
                {"relay": speaking.then(relay.run)},
                {"views": projector.run, "orders": ordered.run, "deadlines": deadlines.run, "waiting": requested.run},
                {"book": keeper.run, "peers": Peers(dsn, tide).run},
            ],
            stop,
            answer_what_is_in_flight,
        )
    finally:
        if portal is not None:
            await portal.close()
        await offices.close()
        await pool.close()
