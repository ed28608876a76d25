"""Crashes, cut links, replaced Kafka, restored backups, records that come twice and late."""

from services.runtime.restart import Start
from tests.simulation.kafka import Kafka
from tests.simulation.records import Record
from tests.simulation.restarting import begin
from tests.simulation.service import Service


def crash(service: Service, r: int) -> bool:
    """It dies between two steps; mostly it is started again at once."""
    if not service.up:
        return False
    service.stop()
    service.world.note(f"{service.name} crashes")
    return r % 2 == 0 or start(service, r)


def start(service: Service, _: int) -> bool:
    if service.up:
        return False
    service.world.note(f"{service.name} starts again")
    begin(service)
    return True


def cut(service: Service, _: int) -> bool:
    if service.cut:
        return False
    service.cut, service.relaying = True, None
    service.world.note(f"the link of {service.name} is cut")
    return True


def mend(service: Service, _: int) -> bool:
    if not service.cut:
        return False
    service.cut = False
    service.world.note(f"the link of {service.name} is back")
    return True


def replace_kafka(service: Service, _: int) -> bool:
    """Whoever was about to read what it had said can no longer: restored and replaced at once (B4)."""
    world = service.world
    world.clusters += 1
    for each in world.services:
        if each.start is not Start.PLAIN:
            world.double_fault = True
            world.may_be_lost |= _acknowledged_by(each) - each.db.records.keys()
    world.kafka = Kafka(f"kafka-{world.clusters}")
    for each in world.services:
        each.relaying = None
    world.note("Kafka is replaced by an empty one")
    return True


def back_up(service: Service, _: int) -> bool:
    service.backups = [*service.backups[-2:], service.db.copy()]
    service.world.note(f"a backup of {service.name}'s database is made")
    return True


def restore(service: Service, r: int) -> bool:
    """An older backup takes the place of the database; the process is dead, younger backups are void (B3)."""
    world = service.world
    if not service.backups:
        return False
    service.stop()
    service.was_restored = True
    index = r % len(service.backups)
    backup = service.backups[index]
    del service.backups[index + 1 :]
    kafka = world.kafka
    # B5: what was acknowledged but neither published nor in the backup is lost.
    published = {
        message.link.hash
        for (topic, _), partition in kafka.partitions.items()
        if topic in (service.feed, "reference.events")
        for message in partition
        if isinstance(message, Record)
    }
    lost = _acknowledged_by(service) - backup.records.keys() - published
    world.may_be_lost |= lost
    world.double_fault |= backup.relay_cluster not in (None, kafka.cluster)
    service.db = backup.copy()
    if (r >> 8) % 2 == 0:
        # As the restore command does: a database that said nothing since the backup shows no sign of the restore.
        service.marker_file = None
    else:
        world.unnoticed |= lost
    world.note(f"{service.name}'s database is restored from a backup")
    begin(service)
    world.changed()
    return True


def _acknowledged_by(service: Service) -> set[bytes]:
    return {digest for digest, (by, _) in service.world.acknowledged.items() if by is service}


def disturb_reading(service: Service, r: int) -> bool:
    """Records come twice, and late."""
    partitions, offsets = service.world.kafka.partitions, service.db.offsets
    if r % 2:
        places = sorted(offsets)
        if places:
            place = places[(r >> 1) % len(places)]
            offsets[place] -= min(offsets[place], (r >> 8) % 6)
        return bool(places)
    filled = [records for records in partitions.values() if records]
    if filled:
        records = filled[(r >> 1) % len(filled)]
        records.append(records[(r >> 8) % len(records)])
    return bool(filled)
