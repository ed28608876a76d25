"""A record as it travels: one line, one CloudEvents JSON object. Its hash is SHA-256 of exactly these bytes."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, cast

_TEXTS = ("specversion", "id", "type", "source", "subject", "time", "holder", "actor", "recorded", "command")
_NUMBERS = ("seq", "epoch", "term")
_TYPE = re.compile(r"sanji\.([a-z]+)\.([A-Za-z]+)\.v[0-9]+")


class Unreadable(ValueError):
    """These bytes are no record; says why."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a chain says about itself. `hash` and `prev` are lower-case hex, `time` and `recorded` RFC 3339 in UTC."""

    id: str
    stream: str
    kind: str
    name: str
    seq: int
    epoch: int
    term: int
    unit: str
    holder: str
    actor: str
    time: str
    recorded: str
    prev: str | None
    hash: str
    data: dict[str, Any]

    @property
    def is_case(self) -> bool:
        return "/" not in self.stream


def read(line: bytes) -> Record:
    """The record in this line (without its line end). Raises Unreadable."""
    try:
        found: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"no JSON: {error}") from None
    if not isinstance(found, dict):
        raise Unreadable("no JSON object")
    fields = cast("dict[str, Any]", found)
    for name in _TEXTS:
        if not isinstance(fields.get(name), str):
            raise Unreadable(f"{name} is no text")
    for name in _NUMBERS:
        if type(fields.get(name)) is not int:
            raise Unreadable(f"{name} is no number")
    if not isinstance(fields.get("data"), dict) or not isinstance(fields.get("prevhash"), str | None):
        raise Unreadable("data or prevhash is of another kind")
    type_of = _TYPE.fullmatch(fields["type"])
    if type_of is None or fields["specversion"] != "1.0":
        raise Unreadable(f"no type or version of ours: {fields['type']}, {fields['specversion']}")
    return Record(
        id=fields["id"],
        stream=fields["subject"],
        kind=type_of[1],
        name=type_of[2],
        seq=fields["seq"],
        epoch=fields["epoch"],
        term=fields["term"],
        unit=fields["source"],
        holder=fields["holder"],
        actor=fields["actor"],
        time=fields["time"],
        recorded=fields["recorded"],
        prev=fields.get("prevhash"),
        hash=sha256(line).hexdigest(),
        data=fields["data"],
    )
