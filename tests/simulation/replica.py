"""What a service does with a record that it reads (protocol I3, I4, H4), and repair by reading again (I5)."""

from services.runtime.branch import Place, Tree
from services.runtime.custody import is_case
from services.runtime.following import (
    Incomplete,
    SetAside,
    Together,
    follows,
    keeps_from_feed,
    on_handover,
)
from tests.simulation.kafka import partition_of
from tests.simulation.records import Forwarded, Handover, Key, Message, Record, SendKey
from tests.simulation.service import Service

FEEDS = ("township.events", "district.events", "city.events", "portal.events")


def read(service: Service, topic: str, number: int, most: int) -> int:
    """Insert the next records of a partition, the offset with them (B1); how many there were."""
    world, db = service.world, service.db
    kafka = world.kafka
    if db.read_cluster != kafka.cluster:
        if world.on("offsets_cluster"):
            db.offsets.clear()
        db.read_cluster = kafka.cluster
    group, in_database = (service.name, topic, number), world.on("offsets")
    offset = db.offsets.get((topic, number), 0) if in_database else kafka.groups.get(group, 0)
    batch = kafka.partitions[topic, number][offset : offset + most]
    for message in batch:
        take(service, topic, message)
    if in_database:
        db.offsets[topic, number] = offset + len(batch)
    else:
        kafka.groups[group] = offset + len(batch)
    return len(batch)


def take(service: Service, topic: str, message: Message) -> None:
    match message:
        case Record() if topic.startswith("inbox."):
            _from_inbox(service, message, 0)
        case Record():
            _from_feed(service, topic, message)
        case Forwarded(record, hops):
            _from_inbox(service, record, hops)
        case Handover():
            _handed_over(service, message)
        case Key(case, to):
            _keep_key(service, case, to)
        case SendKey(case, asker):
            service.db.key_wishes.append((case, asker))


def _from_feed(service: Service, topic: str, record: Record) -> None:
    link, db = record.link, service.db
    followed = follows(db.tree(link.stream))
    if topic == "reference.events" or keeps_from_feed(link, followed, service.rules(), service.everything):
        if not followed and is_case(link.stream) and not service.everything:
            db.reread.add(link.stream)
        service.insert(record)
    else:
        service.heard_of_fence(link)


def _from_inbox(service: Service, record: Record, hops: int) -> None:
    link, db = record.link, service.db
    if record.asks is not None:
        service.insert(record)
        db.requests[link.stream] = hops
    elif follows(db.tree(link.stream)):
        service.insert(record)
    else:
        service.heard_of_fence(link)
        db.staged.setdefault(link.stream, {})[link.hash] = record


def _handed_over(service: Service, handover: Handover) -> None:
    db, case = service.db, handover.case
    known = db.tree(case).place(handover.head) is Place.LIVE
    if not follows(db.tree(case)):
        staged = db.staged.get(case, {})
        match on_handover({h: record.link for h, record in staged.items()}, handover.head, db.fences.get(case, 0)):
            case Together(links):
                del db.staged[case]
                for link in links:
                    service.insert(staged[link.hash])
                live = db.tree(case).head
                if (live is None or live.holder not in service.units) and service.world.on("watching"):
                    # A unit that was asked about it: others write on meanwhile, and their records may have gone by.
                    db.reread.add(case)
            case SetAside():
                del db.staged[case]
                service.world.note(f"{service.name} sets aside a handover of {case}: the city has assumed custody")
                return
            case Incomplete():
                return
    if handover.has_key and (service.world.on("keys") or not known):
        _keep_key(service, case, handover.to)


def _keep_key(service: Service, case: str, unit: str) -> None:
    if unit in service.units and (case, unit) not in service.db.vault:
        service.db.vault.add((case, unit))
        service.world.changed()


def _needs_rereading(tree: Tree, began_otherwise: bool) -> bool:
    """Whether the case's partition of the feeds is to be read again from its first record (I5): its following began
    other than by a handover, or something of it is parked."""
    return bool(tree.parked) or began_otherwise


def read_again(service: Service) -> bool:
    """All cases that need it, in one pass over their partitions of the feeds, from the first record (I5)."""
    db, world = service.db, service.world
    parked = {stream for stream, tree in db.trees.items() if _needs_rereading(tree, stream in db.reread)}
    if not parked or not service.linked or not world.on("rereading"):
        return False
    db.reread.clear()
    for stream in sorted(parked):
        read_feeds(service, stream)
    return True


def read_feeds(service: Service, stream: str) -> None:
    """Every record of a stream in all feeds."""
    for topic in FEEDS:
        for message in list(service.world.kafka.partitions[topic, partition_of(topic, stream)]):
            if isinstance(message, Record) and message.link.stream == stream:
                service.insert(message)
