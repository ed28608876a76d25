"""Publishing the log and sending to inboxes, one step of I/O at a time so that a crash may come between any two."""

from collections.abc import Iterator

from contracts.events import type_name
from services.runtime.asking import ask_again
from services.runtime.branch import Place, Tree
from services.runtime.custody import is_case
from services.runtime.handing import (
    Told,
    asked_elsewhere,
    ever_consulted,
    may_have_key,
    may_send,
    pass_to_send,
    whom_to_ask_for_key,
)
from services.runtime.restart import marker_before_sending, marker_from
from tests.simulation.casework import answered, passes
from tests.simulation.records import Forwarded, Handover, Key, Message, Record, SendKey
from tests.simulation.service import Service

BATCH = 3


def publish(service: Service) -> Iterator[None]:
    """One round of the relay; the caller stops it when the process dies, the link is cut or the cluster changes."""
    world, db = service.world, service.db
    cluster = world.kafka.cluster
    if db.relay_cluster != cluster:
        if world.on("relay_cluster") and db.relay_cluster is not None:
            db.checkpoint = 0
        db.relay_cluster = cluster
        yield
    upto, rows = _next_rows(service)
    if upto == db.checkpoint:
        return
    if rows:
        if marker := marker_before_sending(marker_from(service.marker_file), db.incarnation, upto):
            service.marker_file = marker.text()
            yield
        if not world.on("feed_first"):
            for record in rows:
                yield from _hand_over_new(service, record)
        for record in rows:
            yield from _publish_row(service, record)
        if world.on("feed_first"):
            for record in rows:
                yield from _hand_over_new(service, record)
    db.checkpoint = upto


def _next_rows(service: Service) -> tuple[int, list[Record]]:
    db = service.db
    upto, rows = db.checkpoint, list[Record]()
    while upto < len(db.log) and len(rows) < BATCH:
        digest = db.log[upto]
        upto += 1
        record = db.records[digest]
        if db.pos[digest] == upto and digest in db.said and record.link.unit in service.units:
            rows.append(record)
    return upto, rows


def _publish_row(service: Service, record: Record) -> Iterator[None]:
    world, db, link = service.world, service.db, record.link
    own_key = Key(link.stream, link.unit) if (link.stream, link.unit) in db.vault else None
    if record.kind == "CaseReceived" and own_key and world.on("own_key_first"):
        _send(service, f"inbox.{link.unit}", link.stream, own_key)
        yield
    if link.assumes and world.on("copies"):
        for ancestor in db.chain(link.stream):
            if ancestor.link.seq < link.seq:
                _send(service, service.feed, link.stream, ancestor)
        yield
    topic = "reference.events" if link.stream.startswith("calendar/") else service.feed
    _send(service, topic, link.stream, record)
    world.note(f"{service.name} publishes {world.say(record)}")
    yield
    if record.kind == "CaseReceived" and own_key and not world.on("own_key_first"):
        _send(service, f"inbox.{link.unit}", link.stream, own_key)
        yield


def _hand_over_new(service: Service, record: Record) -> Iterator[None]:
    db, link = service.db, record.link
    if not service.world.on("derived"):
        if link.hash in db.outbox:
            yield from _hand_over(service, link.holder, db.outbox[link.hash][1])
        return
    if passes(link) and db.tree(link.stream).head is link:
        yield from _hand_over(service, link.holder, db.chain(link.stream))


def _hand_over(service: Service, to: str, chain: list[Record]) -> Iterator[None]:
    """One record per event, then the handover record (H1)."""
    case, topic = chain[-1].link.stream, f"inbox.{to}"
    half = len(chain) // 2
    for record in chain[:half]:
        _send(service, topic, case, record)
    yield
    for record in chain[half:]:
        _send(service, topic, case, record)
    has_key = any((case, unit) in service.db.vault for unit in service.units)
    _send(service, topic, case, Handover(case, chain[-1].link.hash, to, has_key))
    service.world.note(f"{service.name} hands {case} over to {to} ({len(chain)} events)")
    yield


def send_again(service: Service) -> Iterator[None]:
    """Handovers that nobody took, requests that nobody answered, keys that are missing: all derived from state."""
    world, db = service.world, service.db
    cluster = world.kafka.cluster
    for stream, tree in list(db.trees.items()):
        if not is_case(stream):
            yield from _ask(service, stream, tree)
            continue
        last = pass_to_send(tree, service.units) if world.on("derived") else None
        if last and may_send(db.pos[last.hash], db.checkpoint, db.relay_cluster, cluster):
            yield from _hand_over(service, last.holder, db.chain(stream))
        yield from _consult(service, stream, tree)
        keys = {unit for case, unit in db.vault if case == stream}
        asked = stream in world.consulted and world.on("consulted_keys")
        consulted = ever_consulted(_told(service, stream)) if asked else ()
        missing = whom_to_ask_for_key(tree, service.units, keys, consulted) if world.on("keys") else None
        for earlier in missing[1] if missing else ():
            _send(service, f"inbox.{earlier}", stream, SendKey(stream, missing[0] if missing else ""))
    for digest, (to, chain) in list(db.outbox.items()):
        head = db.tree(chain[-1].link.stream).head
        if head is not None and head.hash == digest and db.pos[digest] <= db.checkpoint:
            yield from _hand_over(service, to, chain)
    while db.forwards:
        stream, to, hops = db.forwards.pop()
        _send(service, f"inbox.{to}", stream, Forwarded(db.chain(stream)[0], hops))
        yield
    while db.key_wishes:
        case, asker = db.key_wishes.pop()
        if may_have_key(db.tree(case), asker) and any(kept == case for kept, _ in db.vault):
            _send(service, f"inbox.{asker}", case, Key(case, asker))
            yield


def _consult(service: Service, stream: str, tree: Tree) -> Iterator[None]:
    """The chain and the key for each unit elsewhere that is asked about the case, until it answers (I4)."""
    world, db = service.world, service.db
    if stream not in world.consulted or tree.head is None or not world.on("consulted"):
        return
    if not may_send(db.pos[tree.head.hash], db.checkpoint, db.relay_cluster, world.kafka.cluster):
        return
    chain = db.chain(stream)  # what is acknowledged now: a later row must not go along to the second who is asked (H2)
    for to in asked_elsewhere(_told(service, stream), frozenset(service.units)):
        yield from _hand_over(service, to, chain)


def _told(service: Service, stream: str) -> list[Told]:
    return [(record.link, type_name(type(record.event)), record.event.__dict__) for record in service.db.chain(stream)]


def _ask(service: Service, stream: str, tree: Tree) -> Iterator[None]:
    """The asker's own request, to the holder that it sees (R1, R3)."""
    world, db = service.world, service.db
    head = tree.head
    if head is None or head.unit not in service.units or tree.place(head.hash) is not Place.LIVE:
        return
    request = db.records[head.hash]
    if request.asks is None or not may_send(db.pos[head.hash], db.checkpoint, db.relay_cluster, world.kafka.cluster):
        return
    done = answered(db.chain(request.asks.case))
    if not world.on("reopen"):
        if stream in db.settled:
            return
        if request.asks.id in done:
            db.settled.add(stream)
    to = ask_again(request.asks, db.tree(request.asks.case).head, done)
    if to is None or (not world.on("ask_again") and stream in db.settled):
        return
    if not world.on("ask_again"):
        db.settled.add(stream)
    _send(service, f"inbox.{to}", stream, request)
    world.note(f"{service.name} asks {to}: {request.kind} on {request.asks.case}")
    yield


def _send(service: Service, topic: str, stream: str, message: Message) -> None:
    service.world.kafka.send(topic, stream, message)
