"""Which papers an act names, so that they are looked for from the moment it is written."""

from collections.abc import Iterable, Mapping
from typing import Any

from contracts.case.receipt import Material
from services.runtime.companion import Companion
from services.runtime.statements import statements

statement = statements(__file__)
DIGESTS = ("digest", "record")
"""Fields of an act that name a paper by its SHA-256."""


def named(said: Mapping[str, Any]) -> list[str]:
    """SHA-256 in hex of every paper that these arguments of an act name."""
    found = [said[name] for name in DIGESTS if isinstance(said.get(name), str)]
    return [*found, *scans(said.get("materials", ()))]


def scans(materials: Iterable[Material]) -> list[str]:
    """Of those that were scanned."""
    return [material.sha256 for material in materials if material.sha256 is not None]


def wanted(stream: str, digests: Iterable[str]) -> tuple[Companion, ...]:
    """To be committed with the event that names them."""
    return tuple(Companion(statement("paper_wanted"), (stream, digest)) for digest in dict.fromkeys(digests))
