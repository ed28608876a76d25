"""All that the feeds have of one case, read to their present end into the log: protocol C4.

A case that is followed is read from where the replica stands; one that is not, or of which something is missing, from
the first record, and is followed from then on. It stays noted to be read again: the replica may have passed over what
came between the end of this reading and the following (I5).
"""

from contextlib import aclosing
from typing import TYPE_CHECKING

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from contracts.topics import FEED_PARTITIONS
from services.runtime.arrivals import Record
from services.runtime.branch import Tree
from services.runtime.kafka_link import KafkaLink
from services.runtime.kafka_topics import cluster_id
from services.runtime.partition import Partitions
from services.runtime.replica import Replica
from services.runtime.statements import statement
from services.runtime.tables import copies_of
from services.runtime.whole_reading import CannotRead, read_to_end

if TYPE_CHECKING:
    from services.runtime.inserting import Copy

CANNOT = (CannotRead, KafkaError, OSError, TimeoutError)
"""What `gather` raises when a feed cannot be read to its end."""


class Gathering:
    """Of one service."""

    def __init__(self, replica: Replica, link: KafkaLink) -> None:
        self._replica = replica
        self._link = link

    async def gather(self, stream: str) -> Tree:
        """The case with all that every feed says of it at this moment. Raises one of CANNOT."""
        replica = self._replica
        copy = await self._copy(stream)
        known = not await replica.pool.fetchval(statement("replica/is_to_reread"), stream)
        whole = not (known and copy.tree.live and not copy.tree.parked)
        cluster = await cluster_id(self._link)
        taken = {} if whole else await replica.offsets(cluster)
        partition, key = Partitions(FEED_PARTITIONS).place(stream)

        def first(at: TopicPartition) -> int | None:
            return taken.get((at.topic, at.partition), 0) if at.partition == partition else None

        found: list[Record] = []
        async with aclosing(read_to_end(self._link, replica.host.topics.feeds, first)) as reading:
            async for records in reading:
                found += [record for record in records if record.key == key]
        sorted_ = await replica.sort(found)
        if sorted_.events:
            await replica.take(found, cluster, sorted_=sorted_, keep_offsets=False, asked=(stream,))
        return await self.here(stream)

    async def here(self, stream: str) -> Tree:
        """The case as this service has it."""
        return (await self._copy(stream)).tree

    async def _copy(self, stream: str) -> "Copy":
        async with self._replica.pool.acquire() as connection:
            return (await copies_of(connection, [stream]))[stream]
