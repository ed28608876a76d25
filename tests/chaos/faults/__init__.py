"""What each kind of fault does, from its beginning to its end; one module a family."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from tests.chaos.faults import (
    beside,
    clock,
    database,
    disk,
    forge,
    kafka,
    network,
    poison,
    processes,
    rebuild,
    records,
    restore,
    upgrade,
)
from tests.chaos.faults.missed import Missed
from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

__all__ = ["FAULTS", "Missed"]

FAULTS: "Mapping[str, Callable[[World, Fault], Awaitable[dict[str, Any] | None]]]" = {
    "kill_service": processes.kill_service,
    "kill_at_point": processes.kill_at_point,
    "pause_service": processes.pause_service,
    "slow_consumer": processes.slow_consumer,
    "pause_server": processes.pause_server,
    "second_process": beside.second_process,
    "upgrade": upgrade.upgrade,
    "stop_database": database.stop_database,
    "end_sessions": database.end_sessions,
    "exhaust_pool": database.exhaust_pool,
    "hold_lock": database.hold_lock,
    "kill_rebuild": rebuild.kill_rebuild,
    "restore_backup": restore.restore_backup,
    "kill_kafka": kafka.kill_kafka,
    "wipe_kafka": kafka.wipe_kafka,
    "lose_broker": kafka.lose_broker,
    "fill_disk": disk.fill_disk,
    "cut": network.cut,
    "cut_one_way": network.cut,
    "flap": network.flap,
    "set_clock": clock.set_clock,
    "cross_midnight": clock.cross_midnight,
    "repeat_records": records.repeat,
    "reorder_records": records.reorder,
    "delay_records": records.delay,
    "poison_records": poison.poison,
    "forge_records": forge.forge,
}
"""By kind. Each returns when the fault is over and what it held is let go, whatever happened, with facts for the
journal. Raises Missed when it did not come about."""
