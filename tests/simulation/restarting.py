"""How a service starts again, and what a restored one does before it speaks (protocol B2, B4)."""

from services.runtime.restart import Marker, Start, marker_from, on_start
from tests.simulation.kafka import partitions
from tests.simulation.replica import read
from tests.simulation.service import Service


def begin(service: Service) -> None:
    """Read the marker before anything is inserted, and decide."""
    world, db = service.world, service.db
    service.up, service.start = True, Start.PLAIN
    seen = None if service.cut else world.kafka.cluster
    if world.on("marker"):
        marker = marker_from(service.marker_file)
        service.start = on_start(marker, db.incarnation, len(db.log), db.relay_cluster, seen)
    if service.start is not Start.PLAIN:
        world.note(f"{service.name} starts and finds that its database was restored")
        if world.on("delete_marker"):
            service.marker_file = None
    if service.start is Start.READ_ONLY and not world.on("witness"):
        service.start = Start.CATCH_UP
    world.touch_all(service)


def catch_up(service: Service) -> bool:
    """One step towards speaking again; False when nothing is to be done or can be."""
    if not service.linked or service.start is Start.PLAIN:
        return False
    world, db, cluster = service.world, service.db, service.world.kafka.cluster
    elsewhere = db.relay_cluster not in (None, cluster)
    if world.on("witness") and elsewhere and service.heard != cluster:
        service.start = Start.READ_ONLY
        return _hear_witnesses(service)
    service.start = Start.CATCH_UP
    if service.caught_up:
        service.marker_file = Marker(db.incarnation, len(db.log)).text()
        service.start, service.caught_up = Start.PLAIN, False
        world.note(f"{service.name} has caught up and speaks again")
        world.touch_all(service)
        return True
    if world.on("own_topics"):
        own = [(topic, number) for topic in service.topics for number in partitions(topic)]
        # Heard from witnesses: another feed may hold a copy that nobody's database has any more.
        for topic, number in world.subscriptions[service.name] if service.heard else own:
            if read(service, topic, number, 3):
                return True
    if db.relay_cluster != cluster:
        db.relay_cluster = cluster
        db.checkpoint = 0 if world.on("relay_cluster") else db.checkpoint
    db.incarnation = world.fresh_text("incarnation")
    if world.on("serial_jump"):
        # By the clock: a fixed step would give the numbers of one restore again after the next.
        db.serial = max(db.serial, world.fresh * 1000)
    service.caught_up = True
    return True


def _hear_witnesses(service: Service) -> bool:
    """All copies of the others over HTTP, own events of theirs only as far as their markers say, and their fence
    tables: the city's own CustodyAssumed may be lost, and then nobody can write until it assumes again (B4)."""
    world = service.world
    others = [other for other in world.services if other is not service]
    if not all(other.linked for other in others):
        return False
    for other in others:
        for stream, epoch in other.db.fences.items():
            service.fence_heard(stream, epoch)
        for stream in list(other.db.trees):
            copies = other.served_copies(stream)
            if stream in service.db.trees or any(record.link.unit in service.units for record in copies):
                for record in copies:
                    service.insert(record)
                service.db.reread.add(stream)
    service.heard = world.kafka.cluster
    world.note(f"{service.name} has heard from all others what it once said")
    return True
