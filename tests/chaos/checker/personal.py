"""Personal texts where none may be: thousands of texts looked for in every record at once.

Texts of one shape (a phone number, a name of two signs) are found by one expression, and the few places that have
that shape are looked up in a set. What is sealed or keyed is unpacked from base64 and looked through too.
"""

import base64
import re
from collections.abc import Iterable, Iterator

_PACKED = re.compile(rb"[A-Za-z0-9_-]{16,}")
_ESCAPED = re.compile(rb"\\u([0-9a-fA-F]{4})")
_RUNS = re.compile(rb"[\x80-\xff]+|[ -~]+")


class Search:
    """For these texts."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = {text.encode() for text in texts}
        # A look-ahead finds what overlaps: a number within a longer row of digits.
        self._shapes = [re.compile(b"(?=(" + shape + b"))", re.DOTALL) for shape in set(map(_shape, self._texts))]

    def in_value(self, value: bytes) -> str | None:
        """The first of them that stands in it, openly, escaped or packed."""
        for reading in _readings(value):
            for shape in self._shapes:
                for found in shape.finditer(reading):
                    if found[1] in self._texts:
                        return found[1].decode()
        return None


def _shape(text: bytes) -> bytes:
    """Digits alone, or runs of ASCII and of other signs; so there are few shapes, and one with other signs is rare."""
    if text.isdigit():
        return b"[0-9]{%d}" % len(text)
    return b"".join((b"[\x80-\xff]{%d}" if run[0] > 127 else b"[ -~]{%d}") % len(run) for run in _RUNS.findall(text))


def _readings(value: bytes) -> Iterator[bytes]:
    yield value
    if b"\\u" in value:
        yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "surrogatepass"), value)
    for part in _PACKED.findall(value):
        yield base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) if len(part) % 4 != 1 else b""
