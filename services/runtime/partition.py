"""Which partition a key goes to: murmur2, as in every Kafka client, so that all writers agree."""

from functools import lru_cache
from struct import unpack_from

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995


def murmur2(key: bytes) -> int:
    """The 32-bit hash of org.apache.kafka.common.utils.Utils.murmur2, unsigned."""
    h = 0x9747B28C ^ len(key)
    words = len(key) // 4
    for word in unpack_from(f"<{words}I", key):
        k = word * _M & _MASK
        h = (h * _M ^ (k ^ k >> 24) * _M) & _MASK
    if rest := key[words * 4 :]:
        h = (h ^ int.from_bytes(rest, "little")) * _M & _MASK
    h = (h ^ h >> 13) * _M & _MASK
    return h ^ h >> 15


class Partitions:
    """Of one topic. The answer for a stream is remembered: hashing in Python costs more than the rest of a send."""

    def __init__(self, count: int, remembered: int = 100_000) -> None:
        self.count = count
        self.place = lru_cache(remembered)(self._place)

    def _place(self, stream: str) -> tuple[int, bytes]:
        """(partition, key) of a stream."""
        key = stream.encode()
        return (murmur2(key) & 0x7FFFFFFF) % self.count, key
