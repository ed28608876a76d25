"""A record as it travels: one CloudEvents JSON object. Its hash is SHA-256 of exactly these bytes."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

_TEXTS = ("id", "type", "source", "subject", "time", "holder", "actor", "recorded", "command", "dataschema")
_NUMBERS = ("seq", "epoch", "term")
_TYPE = re.compile(r"sanji\.([a-z]+)\.([A-Za-z]+)\.v[0-9]+")
ASSUMED = "CustodyAssumed"
NAMES_ITS_HOLDER = frozenset({"CaseReferred", "CaseReturned", "ReferralRefused", "ReferralRecalled", "CaseDisputed"})
"""The events by which custody passes; `to` in their data is the new holder. Beside them only the city assumes it."""


class Unreadable(ValueError):
    """These bytes are no record of ours; says why."""


@dataclass(slots=True, eq=False)
class Record:
    """`name` is the event's, `hash` and `prev` have 32 bytes, `value` are the bytes themselves."""

    stream: str
    kind: str
    name: str
    type: str
    seq: int
    epoch: int
    term: int
    unit: str
    holder: str
    actor: str
    time: datetime
    recorded: datetime
    command: bytes
    prev: bytes | None
    hash: bytes
    data: dict[str, Any]
    value: bytes

    def __str__(self) -> str:
        return f"#{self.seq} {self.name} of {self.unit} ({self.epoch}, {self.term}) {self.hash.hex()[:12]}"


def read(value: bytes, hash_: bytes) -> Record:
    """The record in these bytes, whose SHA-256 is `hash_`. Raises Unreadable."""
    try:
        found: Any = json.loads(value)
        if not isinstance(found, dict):
            raise Unreadable("no JSON object")
        said = cast("dict[str, Any]", found)
        if said.get("specversion") != "1.0" or (type_ := _TYPE.fullmatch(str(said.get("type")))) is None:
            raise Unreadable(f"no type or version of ours: {said.get('type')}, {said.get('specversion')}")
        if set(map(type, map(said.get, _TEXTS))) != {str} or set(map(type, map(said.get, _NUMBERS))) != {int}:
            raise Unreadable(f"one of {_TEXTS} is no text, or one of {_NUMBERS} no number")
        if not isinstance(said.get("data"), dict):
            raise Unreadable("data is no object")
        if said["id"] != f"{said['subject']}:{said['seq']}":
            raise Unreadable(f"id {said['id']} is not {said['subject']}:{said['seq']}")
        prev = said.get("prevhash")
        return Record(
            stream=said["subject"],
            kind=type_[1],
            name=type_[2],
            type=said["type"],
            seq=said["seq"],
            epoch=said["epoch"],
            term=said["term"],
            unit=said["source"],
            holder=said["holder"],
            actor=said["actor"],
            time=datetime.fromisoformat(said["time"]),
            recorded=datetime.fromisoformat(said["recorded"]),
            command=bytes.fromhex(said["command"]),
            prev=None if prev is None else bytes.fromhex(prev),
            hash=hash_,
            data=said["data"],
            value=value,
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def is_case(stream: str) -> bool:
    """Cases are named by their number, every other stream `<kind>/<id>`."""
    return "/" not in stream
