"""How the load asks: what it writes down of each call, and what a careful client does when nobody answers."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.chaos.history import History
from tests.chaos.load.people import Person
from tests.chaos.load.plan import draw
from tests.chaos.load.town import Over, Town
from tests.journeys.places import SHANGYAO

Line = dict[str, Any]
Opened = tuple[Town, "Office", Callable[[], list[Line]]]
DONE = (200, {"case": {"number": "1", "custody": {"state": "held"}}, "pos": 7, "actions": [{"act": "claim"}]})


NEVER = (0, {})
"""It says nothing and does not hang up."""


@dataclass
class Office:
    """A service that answers as it is told, one answer after the other; None: it hangs up."""

    answers: list[tuple[int, Line] | None]
    keys: list[str] = field(default_factory=list[str])
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._answered(reader, writer):
                pass
        writer.close()

    async def _answered(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        said = dict(line.split(": ", 1) for line in head.split("\r\n")[1:-2])
        await reader.readexactly(int(said["Content-Length"]))
        self.keys.append(said.get("Idempotency-Key", ""))
        self.asked.set()
        match self.answers.pop(0):
            case None:
                return False
            case (0, _):
                await reader.read()
                return False
            case (status, answer):
                body = json.dumps(answer).encode()
                writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
                return True


class World:
    def __init__(self, office: Office) -> None:
        self.services = {"township": office}

    def token(self, unit: str, roles: tuple[str, ...], subject: str) -> str:
        return "token"


@asynccontextmanager
async def town(path: Path, *answers: tuple[int, Line] | None) -> AsyncIterator[Opened]:
    """A town with one office, and what its history says so far."""
    office, history = Office(list(answers)), History(path / "history.jsonl")
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    office.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    made = Town(World(office), history)
    try:
        yield made, office, lambda: [json.loads(line) for line in history.path.read_text().splitlines()]
    finally:
        made.close()
        server.close()
        history.close()


async def test_what_is_not_answered_is_sent_again_with_the_same_key_until_it_is(tmp_path: Path) -> None:
    away = (503, {"code": "unanswered", "detail": "-", "status": 503})
    async with town(tmp_path, None, away, DONE) as (made, office, said):
        person = Person(made, SHANGYAO, "A01")
        answer = await person.surely(person.act("/cases/1/claim", {}), Random(1))
        assert answer.done
        assert len(set(office.keys)) == 1
        lines = said()
        assert [line["what"] for line in lines] == ["call", "unknown", "call", "unknown", "call", "ok"]
        assert len({line["id"] for line in lines}) == 3
        assert {line["key"] for line in lines if line["what"] == "call"} == set(office.keys)
        assert lines[-1]["answer"] == {"case": {"number": "1", "custody": {"state": "held"}}, "pos": 7}
        assert made.history.acts == {"claim": 1}


async def test_who_is_not_patient_leaves_it_unknown(tmp_path: Path) -> None:
    async with town(tmp_path, None) as (made, _, said):
        person = Person(made, SHANGYAO, "A01")
        answer = await person.surely(person.act("/cases/1/claim", {}), Random(1), patient=False)
        assert answer.status is None
        assert [line["what"] for line in said()] == ["call", "unknown"]


async def test_a_service_that_may_not_write_has_failed_and_is_asked_again(tmp_path: Path) -> None:
    async with town(tmp_path, (503, {"code": "not_writable", "detail": "-", "status": 503}), DONE) as (made, _, said):
        person = Person(made, SHANGYAO, "A01")
        await person.surely(person.act("/cases/1/claim", {}), Random(1))
        assert [line["what"] for line in said()] == ["call", "failed", "call", "ok"]


async def test_each_act_of_a_batch_has_an_answer_of_its_own_and_what_is_unknown_is_sent_again(tmp_path: Path) -> None:
    late, refused = (503, {"code": "unanswered", "detail": "-"}), (409, {"code": "not_holder", "detail": "-"})
    batches = [[DONE, late, refused], [DONE]]
    answers = [(200, {"answers": [{"status": s, "body": b} for s, b in batch]}) for batch in batches]

    async with town(tmp_path, *answers) as (made, _, said):
        person = Person(made, SHANGYAO, "A01")
        acts = [person.act(f"/cases/{n}/claim", {}) for n in (1, 2, 3)]
        found = await person.batch(acts, Random(1))
        assert [answer.status for answer in found] == [200, 200, 409]
        lines = said()
        assert [line["what"] for line in lines] == [*["call"] * 3, "ok", "unknown", "failed", "call", "ok"]
        assert [line.get("batch") for line in lines[:3]] == [None, 1, 1]
        assert lines[6]["key"] == lines[1]["key"]
        assert made.history.acts == {"claim": 2}


async def test_when_the_day_is_over_nothing_new_is_asked_and_what_is_cut_off_is_unknown(tmp_path: Path) -> None:
    async with town(tmp_path, NEVER) as (made, office, said):
        person = Person(made, SHANGYAO, "A01")
        asking = asyncio.create_task(person.once(person.act("/cases/1/claim", {})))
        await office.asked.wait()
        made.over.set()
        with pytest.raises(Over):
            await person.once(person.act("/cases/2/claim", {}))
        asking.cancel()
        await asyncio.wait([asking])
        assert [(line["what"], line.get("why")) for line in said()] == [("call", None), ("unknown", "Cancelled")]


def test_the_same_seed_has_the_same_people_come_with_the_same_wishes() -> None:
    first, again, other = ([draw(n, Random(f"{seed}/{n}")) for n in range(200)] for seed in (1, 1, 2))
    assert first == again
    assert first != other
