"""Records made by hand, each on the one before it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

TOWNSHIP, CITY, PORTAL = "340402100", "340400", "portal"
UNITS = {"township": (TOWNSHIP,), "city": (CITY,), "portal": (PORTAL,)}
BEGIN = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)
SEALED = "v1." + "A" * 80


@dataclass(frozen=True, slots=True)
class Made:
    """A record, and the columns that stand beside it in a log."""

    value: bytes
    columns: Mapping[str, Any]

    @property
    def hash(self) -> bytes:
        return self.columns["hash"]


@dataclass(slots=True)
class Chain:
    """Records of one stream, one after the other, five minutes apart."""

    stream: str
    made: list[Made] = field(default_factory=list[Made])

    def add(
        self,
        name: str,
        unit: str,
        holder: str = "",
        *,
        key: str,
        actor: str = "A01",
        epoch: int | None = None,
        term: int | None = None,
        at: int | None = None,
        under: tuple[int, int] | None = None,
        **data: Any,
    ) -> Made:
        """The next one; `at` puts it behind so many records, not behind the last. Epoch and term follow from it.
        `under`: of a request, the epoch and term that it was asked under."""
        if under is not None:
            data |= {"epoch": under[0], "term": under[1]}
        before = self.made[: at if at is not None else len(self.made)]
        last = before[-1].columns if before else None
        holder = holder or (last["holder"] if last else unit)
        kind = self.stream.partition("/")[0] if "/" in self.stream else "case"
        if name == "CustodyAssumed":
            epoch, term = (last["epoch"] if last else 0) + 1 if epoch is None else epoch, 0
        said_epoch = (last["epoch"] if last else 0) if epoch is None else epoch
        said_term = (last["term"] + (holder != last["holder"]) if last else 0) if term is None else term
        columns = {
            "stream": self.stream, "seq": len(before) + 1, "epoch": said_epoch, "term": said_term, "holder": holder,
            "type": f"sanji.{kind}.{name}.v1", "unit": unit, "actor": actor,
            "time": BEGIN + timedelta(minutes=5 * len(before)), "recorded": BEGIN + timedelta(minutes=5 * len(before)),
            "command": sha256(f"{unit}\0{key}".encode()).digest(), "prev": last["hash"] if last else None,
        }  # fmt: skip
        value = written(columns, data)
        made = Made(value, {**columns, "value": value, "hash": sha256(value).digest()})
        self.made = [*before, made]
        return made


def written(columns: Mapping[str, Any], data: Mapping[str, Any]) -> bytes:
    """The record of these columns: a CloudEvents object in the envelope's order."""
    said = {
        "specversion": "1.0", "id": f"{columns['stream']}:{columns['seq']}", "type": columns["type"],
        "source": columns["unit"], "subject": columns["stream"], "time": _instant(columns["time"]),
        "datacontenttype": "application/json", "dataschema": f"urn:sanji:schema:{columns['type']}",
        "seq": columns["seq"], "epoch": columns["epoch"], "term": columns["term"], "holder": columns["holder"],
        "actor": columns["actor"], "recorded": _instant(columns["recorded"]), "command": columns["command"].hex(),
    }  # fmt: skip
    if columns["prev"] is not None:
        said["prevhash"] = columns["prev"].hex()
    return json.dumps({**said, "data": data}, ensure_ascii=False, separators=(",", ":")).encode()


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def received(number: str, key: str) -> Chain:
    """A case of the township, accepted by A01."""
    chain = Chain(number)
    chain.add(
        "CaseReceived", TOWNSHIP, key=key, item="registration", item_version=1, channel="window", applicant=SEALED
    )
    chain.add("CaseAccepted", TOWNSHIP, key=f"{key}-accept", accepted_on="2026-11-25", limits=[])
    return chain
