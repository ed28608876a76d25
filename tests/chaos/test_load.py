"""The load on a system without faults: everything that people do there is done, and all of it is there once."""

import asyncio
import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from services.casework.applicant import ASKS
from services.casework.table import OF_SUPERIORS, OF_THE_CITY, OF_THE_ORDERED, TABLE
from tests.chaos.history import History
from tests.chaos.load import answering, load, summary
from tests.journeys.ledger import Ledger
from tests.journeys.system import System

SEED = int(os.environ.get("SANJI_SEED", "20261122"))
SECONDS, LONGEST = 20, 150
RATE = 60.0
NOT_IN_A_DAY = {"hold-hearing", "settle"}
"""A hearing is held a week after it is announced; history from files is replayed by the importer."""
ACTS = (
    {"receive", *(row.route for row in (*TABLE, *OF_THE_CITY, *OF_SUPERIORS, *OF_THE_ORDERED))}
    | {f"track/{name}" for name in ASKS}
) - NOT_IN_A_DAY


@pytest.mark.timeout(600)
async def test_every_kind_of_act_is_acknowledged_and_none_is_lost(system: System, tmp_path: Path) -> None:
    history = History(tmp_path / "history.jsonl")
    begun = time.monotonic()

    def over() -> bool:
        seconds = time.monotonic() - begun
        return seconds > LONGEST or (seconds > SECONDS and history.acts.keys() >= ACTS)

    await load(system, history, SEED, over, RATE)
    said = summary(history)
    print(said.table())
    assert ACTS - history.acts.keys() == set()

    resting = asyncio.create_task(system.at_rest(300))
    await answering(system, history, SEED, resting.done)
    await resting
    history.close()
    calls = read(history.path)
    await heard(system, calls)
    await system.holds()

    outcomes = Counter(call["answer"]["what"] for call in calls.values())
    assert outcomes.total() == len(calls), "each call is answered once"
    assert summary(history).totals() == {what: outcomes[what] for what in ("ok", "failed", "unknown")}


def read(path: Path) -> dict[int, dict[str, Any]]:
    """The calls by id, each with its `answer`; every line is what the format says."""
    calls: dict[int, dict[str, Any]] = {}
    last = 0.0
    for line in lines(path):
        assert line["t"] >= last
        last = line["t"]
        match line:
            case {"what": "call", "id": id_, "who": str(), "unit": str(), "service": str(), "path": str()}:
                assert id_ not in calls
                assert (line["method"] == "POST") == ("body" in line)
                assert line["method"] == "GET" or "key" in line or line["path"] == "/api/v1/track"
                calls[id_] = line
            case {"what": "ok", "id": id_, "status": status, "answer": dict()}:
                assert status < 300
                assert "answer" not in calls[id_]
                calls[id_]["answer"] = line
            case {"what": "failed", "id": id_, "status": status, "answer": {"code": str()}}:
                assert status >= 400
                assert "answer" not in calls[id_]
                calls[id_]["answer"] = line
            case {"what": "unknown", "id": id_, "why": str()}:
                assert "answer" not in calls[id_]
                calls[id_]["answer"] = line
            case _:
                raise AssertionError(line)
    return calls


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as file:
        yield from map(json.loads, file)


async def heard(system: System, calls: dict[int, dict[str, Any]]) -> None:
    """The ledger learns what was acknowledged, and of what nobody knows what the chains say."""
    ledger: Ledger = system.ledger
    doubtful: dict[bytes, str] = {}
    for call in calls.values():
        path, answer = call["path"], call["answer"]
        if "key" not in call or not path.startswith(("/api/v1/cases", "/api/v1/track")):
            continue
        citizen = path.startswith("/api/v1/track")
        mark = f"portal\0{call['body']['number']}/{call['key']}" if citizen else f"{call['unit']}\0{call['key']}"
        command = sha256(mark.encode()).digest()
        if answer["what"] == "ok":
            stream = written(answer["answer"])
            assert ledger.acts.setdefault(command, stream) == stream
        elif answer["what"] == "unknown":
            doubtful[command] = path
    left = doubtful.keys() - ledger.acts.keys()
    for tier in system.services if left else ():
        for stream, records in (await system.chains(tier)).items():
            for envelope in map(json.loads, records):
                command = bytes.fromhex(envelope["command"])
                if command in left:
                    ledger.acts[command] = stream


def written(answer: dict[str, Any]) -> str:
    """The stream that an acknowledged act wrote to."""
    if "order" in answer:
        return answer["order"]["order"]
    return f"request/{answer['request']}" if "request" in answer else answer["case"]["number"]
