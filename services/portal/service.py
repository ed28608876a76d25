"""The composition root of the portal: every thread of wiring, in the order in which data flows."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from services.office import chains_api
from services.office.book_keeper import BookKeeper
from services.office.case_fold import CaseFold
from services.office.case_view import CaseView
from services.office.deadlines import Deadlines
from services.office.recomputing import Recomputing
from services.office.service import OFFICE_MIGRATIONS
from services.office.supervision_view import SupervisionView
from services.portal.application import create
from services.portal.asking import Asking
from services.portal.boards import Boards
from services.portal.live import Live
from services.portal.parts import Parts
from services.portal.settings import PortalSettings
from services.portal.tracking import Tracking
from services.portal.tracking_keys import TrackingKeys
from services.runtime.beginning import Beginning, Speaking
from services.runtime.database import MIGRATIONS
from services.runtime.dead_letters import DeadLetterTopic
from services.runtime.deliveries import Deliveries
from services.runtime.host import PORTAL, Host
from services.runtime.issuer import read_issuer_keys
from services.runtime.kafka_in import KafkaIn
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import dead_letters, ensure_topics, feeds, inboxes
from services.runtime.kafka_watch import KafkaWatch
from services.runtime.log import Log
from services.runtime.logging import configure
from services.runtime.marker import MarkerFile, before_sending
from services.runtime.metrics import Metrics
from services.runtime.peers import Peers
from services.runtime.projector import Projector
from services.runtime.readiness import Readiness
from services.runtime.relay import Relay
from services.runtime.repair import LooksAgain, Rereading
from services.runtime.replica import Replica
from services.runtime.running import run_together, stop_on_signals
from services.runtime.starting import database, kafka, listening
from services.runtime.streams import Streams
from services.runtime.tide import Tide
from services.runtime.tokens import Verifier
from services.runtime.tracking import Cost
from services.runtime.witnesses import Witnesses

PORTAL_MIGRATIONS = Path(__file__).parent / "migrations"


async def run(settings: PortalSettings) -> None:
    """Run the portal until it is told to stop. It keeps every case and writes none: only what its citizens ask."""
    configure(settings.service, settings.log_level)
    host = Host(settings.service, PORTAL, frozenset({PORTAL}), settings.root_unit, settings.topics)
    verifier = Verifier(read_issuer_keys(settings.issuer_keys))
    metrics = Metrics(settings.service)
    dsn = settings.database.get_secret_value()
    pool = await database(settings, (MIGRATIONS, OFFICE_MIGRATIONS, PORTAL_MIGRATIONS))

    # ask → log
    tide = Tide()
    log = Log(pool, tide)
    keeper = BookKeeper(pool, tide)
    await keeper.caught_up()
    cases = Streams(pool, CaseFold())
    executor = ThreadPoolExecutor(1, thread_name_prefix="tracking")
    tracking = Tracking(pool, keeper, executor, Cost(settings.code_memory_kib, settings.code_passes))
    asking = Asking(log, cases, settings.topics.feed(PORTAL))

    # Kafka → log
    link = KafkaLink.of(settings)
    wanted = [
        *feeds(settings.topics),
        *inboxes(settings.topics, [PORTAL]),
        dead_letters(settings.topics, settings.service),
    ]

    async def prepare() -> None:
        await ensure_topics(link, wanted)

    dead = DeadLetterTopic(link, settings.topics.deadletter(settings.service))
    replica = Replica(pool, tide, host, TrackingKeys(), on_dead=dead.tell)
    watch = KafkaWatch(link)
    reading = KafkaIn(link, f"{settings.topic_prefix}{settings.service}", host.reads, replica, prepare, watch)
    marker = MarkerFile(settings.state, settings.service)

    # log → Kafka
    deliveries = Deliveries(pool, tide, host, None, lambda _: None)
    beginning = Beginning(log, replica, link, marker, prepare, Witnesses.of(settings))
    relay = Relay(
        pool,
        dsn,
        tide,
        host,
        link.options(),
        before_sending(marker),
        deliveries,
        None,
        stop_seconds=settings.stop_seconds,
    )

    # log → views
    projector = Projector(pool, tide, CaseView())
    ordered = Projector(pool, tide, SupervisionView())
    deadlines = Deadlines(pool, tide, cases, keeper, frozenset())
    recomputing = Recomputing(pool, keeper, deadlines, None)

    # views → query
    live = Live(pool, projector.shown)
    parts = Parts(
        pool,
        Boards(pool, keeper, projector.shown, deadlines.shown, ordered.shown),
        live,
        tracking,
        asking,
        settings.notice,
    )
    readiness = Readiness(
        pool,
        beginning,
        relay,
        watch,
        {"views": projector.shown, "orders": ordered.shown, "deadlines": deadlines.shown},
        keeper.known,
        lambda: [] if keeper.book.units else ["units to be opened"],
    )
    readiness.measure(metrics)
    app = create(parts, metrics, readiness.check, version("sanji"))
    app.include_router(chains_api.routes(pool, verifier, host.own, lambda: marker.said))
    app.include_router(chains_api.of_one_case(pool, verifier))
    server = listening(app, settings)

    await kafka(link, wanted, host.inboxes, await replica.reader())
    speaking = Speaking(beginning, settings.restored_override)

    async def answer_what_is_in_flight() -> None:
        live.close()
        await server.end()

    stop = asyncio.Event()
    stop_on_signals(stop)
    try:
        await run_together(
            [
                {"http": server.serve},
                {"begin": speaking.begin, "recomputing": recomputing.run},
                {"replica": speaking.then(reading.run)},
                {"looks_again": LooksAgain(replica, tide).run, "rereading": Rereading(replica, link).run},
                {"log": log.run, "dead_letters": dead.run},
                {"relay": speaking.then(relay.run)},
                {"views": projector.run, "orders": ordered.run, "deadlines": deadlines.run, "book": keeper.run},
                {"live": live.run, "peers": Peers(dsn, tide).run},
            ],
            stop,
            answer_what_is_in_flight,
        )
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        await pool.close()
