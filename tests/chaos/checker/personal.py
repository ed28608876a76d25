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
        numbers = {text for text in self._texts if text.isdigit()}
        self._lengths = sorted(set(map(len, numbers)))
        self._run = re.compile(b"[0-9]{%d,}" % min(self._lengths, default=99))
        # A look-ahead finds what overlaps: a name within a longer row of such signs.
        shapes = set(map(_shape, self._texts - numbers))
        self._shapes = [(re.compile(b"(?=(" + s + b"))", re.DOTALL), b"x80" not in s) for s in sorted(shapes)]

    def in_value(self, value: bytes) -> str | None:
        """The first of them that stands in it, openly, escaped or packed."""
        found = (text for reading in _readings(value) for text in self._candidates(reading) if text in self._texts)
        text = next(found, None)
        return text.decode() if text is not None else None

    def _candidates(self, reading: bytes) -> Iterator[bytes]:
        for run in self._run.findall(reading):
            for length in self._lengths:
                yield from (run[at : at + length] for at in range(len(run) - length + 1))
        ascii_ = reading.isascii()
        for shape, plain in self._shapes:
            if plain or not ascii_:
                yield from (found[1] for found in shape.finditer(reading))


def _shape(text: bytes) -> bytes:
    """Runs of ASCII and of other signs; so there are few shapes, and one with other signs is rare."""
    return b"".join((b"[\\x80-\\xff]{%d}" if run[0] > 127 else b"[ -~]{%d}") % len(run) for run in _RUNS.findall(text))


def _readings(value: bytes) -> Iterator[bytes]:
    yield value
    if b"\\u" in value:
        yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "surrogatepass"), value)
    for part in _PACKED.findall(value):
        yield base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4)) if len(part) % 4 != 1 else b""
