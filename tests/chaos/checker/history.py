"""The history: what the load asked, under which key, and what it was answered; read once, from the first line.

An act is a POST with an Idempotency-Key; its command is SHA-256(unit NUL key), which the event carries (protocol K1).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.chaos.checker.scratch import Scratch

OF_A_CASE = re.compile(r"/api/v1/cases/(?P<number>[^/?]+)/(?P<act>[a-z-]+)")
BY_CITIZEN = re.compile(r"/api/v1/track/(?P<act>[a-z-]+)")
REFERENCE = re.compile(r"/api/v1/(units|items|calendars|departments|delegations|clearances)(/|$)")
DEADLINE = re.compile(r"/api/v1/cases/(?P<number>[^/?]+)/deadline")
NO_ACTS = frozenset({"clock"})
"""Lets time pass over imported history: what the law writes then has no key of the caller's."""
LONG_NUMBER, SHORT_NAME = 11, 6
"""Bytes from which a text is looked for: shorter ones stand in times and numbers by chance."""
AT_ONCE = 1000
MERGE = """
insert into act values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0)
on conflict (command) do update set
    contradicts = contradicts or coalesce(stream <> excluded.stream, 0),
    stream = coalesce(stream, excluded.stream),
    asked = min(asked, excluded.asked),
    answered = max(answered, excluded.answered),
    ok = ok + excluded.ok, failed = failed + excluded.failed, unknown = unknown + excluded.unknown,
    superseded = superseded or excluded.superseded
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one try of an act ended: `ok`, `failed` or `unknown`, and when (seconds since the load began). `stream` is
    what the answer says was written to."""

    command: bytes
    act: str
    who: str
    unit: str
    service: str
    stream: str | None
    asked: float
    answered: float
    what: str
    superseded: bool = False


@dataclass(slots=True)
class Heard:
    """What the history has beside its acts. `personal`: who applied, by name, number, phone and address."""

    personal: set[str] = field(default_factory=set[str])
    calls: int = 0


def command(unit: str, key: str) -> bytes:
    return sha256(f"{unit}\0{key}".encode()).digest()


def read(path: Path, scratch: Scratch) -> Heard:
    """Its acts and the dates it saw, into the scratch file. A call without an answer is an unknown one."""
    heard = Heard()
    taken: list[tuple[Any, ...]] = []
    waiting: dict[int, dict[str, Any]] = {}
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.endswith("\n"):
                break  # the writer was killed in the middle of it
            said: dict[str, Any] = json.loads(line)
            if said["what"] == "call":
                waiting[said["id"]] = said
                heard.calls += 1
                heard.personal |= set(_personal(said.get("body")))
            elif (call := waiting.pop(said["id"], None)) is not None:
                taken += _rows(call, said)
                if call["method"] == "GET" and said["what"] == "ok":
                    scratch.put("shown", _shown(call, said))
                if len(taken) >= AT_ONCE:
                    scratch.db.executemany(MERGE, taken)
                    taken.clear()
    for call in waiting.values():
        taken += _rows(call, {"what": "unknown", "t": float("inf")})
    scratch.db.executemany(MERGE, taken)
    return heard


def _rows(call: dict[str, Any], said: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    if call["method"] == "GET":
        return
    for o in outcomes(call, said):
        which = [int(o.what == what) for what in ("ok", "failed", "unknown")]
        yield o.command, o.act, o.who, o.unit, o.service, o.stream, o.asked, o.answered, *which, o.superseded


def outcomes(call: dict[str, Any], said: dict[str, Any]) -> Iterator[Outcome]:
    """Of each act in this call; none where it is no act."""
    path, unit, body = call["path"].partition("?")[0], call["unit"], call.get("body") or {}

    def one(act: str, key: str, of: str, what: str, answer: Any, number: str | None) -> Outcome:
        stream = _written(answer, number) if what == "ok" else None
        superseded = isinstance(answer, dict) and answer.get("code") == "superseded"
        return Outcome(
            command(of, key), act, call["who"], of, call["service"], stream, call["t"], said["t"], what, superseded
        )

    what, answer, key = said["what"], said.get("answer"), call.get("key")
    if path == "/api/v1/acts":
        answers = answer["answers"] if what == "ok" and isinstance(answer, dict) else [None] * len(body["acts"])
        for asked, told in zip(body["acts"], answers, strict=True):
            if asked["act"] not in NO_ACTS:
                how = what if told is None else _how(told["status"])
                named = asked["act"].replace("_", "-")
                yield one(named, asked["key"], unit, how, told and told["body"], asked.get("number"))
    elif key is None:
        return
    elif path == "/api/v1/cases":
        yield one("receive", key, unit, what, answer, None)
    elif (found := OF_A_CASE.fullmatch(path)) is not None:
        if found["act"] not in NO_ACTS:
            yield one(found["act"], key, unit, what, answer, found["number"])
    elif (found := BY_CITIZEN.fullmatch(path)) is not None:
        # A citizen has no token, and the key counts for the one case.
        yield one(found["act"], f"{body['number']}/{key}", "portal", what, answer, None)
    elif REFERENCE.match(path):
        yield one("reference", key, unit, what, None, None)


def _how(status: int) -> str:
    return "ok" if status < 300 else "failed" if status < 500 else "unknown"


def _written(answer: Any, number: str | None) -> str | None:
    """The stream that the answer to an act says it wrote to."""
    if not isinstance(answer, dict):
        return number
    if isinstance(order := answer.get("order"), dict):
        return str(order["order"])
    if (request := answer.get("request")) is not None:
        return f"request/{request}"
    case = answer.get("case")
    return str(case["number"]) if isinstance(case, dict) else number


def _shown(call: dict[str, Any], said: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """What an answer says of each limit that runs now; `last_day` empty while a suspension keeps it open."""
    if not DEADLINE.fullmatch(call["path"]):
        return
    for limit in said["answer"]["limits"]:
        if limit.get("stopped") is None:
            what = (limit["clock"], limit.get("about") or "", limit.get("started") or "", limit["last_day"] or "")
            yield (said["answer"]["case"], call["service"], *what, call["t"], said["t"])


def _personal(body: Any) -> Iterator[str]:
    """Of whoever applies, in this body or in the acts of a batch."""
    if not isinstance(body, dict):
        return
    applicant = body.get("applicant")
    if isinstance(applicant, dict):
        for name in ("name", "document_number", "phone", "address"):
            text = applicant.get(name)
            if isinstance(text, str) and len(text.encode()) >= (LONG_NUMBER if text.isdecimal() else SHORT_NAME):
                yield text
    for act in body.get("acts") or ():
        yield from _personal(act.get("body"))
