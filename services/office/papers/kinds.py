"""What a paper is, by its first bytes: never by its name or by what its sender says of it."""

from collections.abc import Mapping

HEADS: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
}
"""What scanners and telephones make. Nothing that a browser would run, and nothing that has to be unpacked."""
SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""What a browser shows; any other is saved."""
ENDINGS: Mapping[str, str] = {
    "application/pdf": "pdf",
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/tiff": "tif",
}


class NotAScan(Exception):
    """Not one of the kinds of file that are taken."""


def kind_of(content: bytes) -> str | None:
    """Its media type; None for what is not taken."""
    return next((kind for head, kind in HEADS.items() if content.startswith(head)), None)
