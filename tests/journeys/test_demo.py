"""`sanji demo` as somebody types it: on a part of the receipt log, twice on the same state folder."""

import asyncio
import csv
import gzip
import json
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from deploy.cleanclone import faults
from services.cli.demo.command import DATA
from services.cli.demo.totals import from_file

CASES = 24
"""A part of the 1,434: the whole log is told by `make verify`."""
PATIENCE = 280.0


@pytest.fixture
def state() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may enter."""
    with tempfile.TemporaryDirectory(prefix="sanji-demo-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "state"


@pytest.fixture
def part(tmp_path: Path) -> Path:
    """Every so-manieth case of the receipt log, whole."""
    with gzip.open(DATA / "receipt.csv.gz", "rt", encoding="utf-8", newline="") as text:
        rows = list(csv.DictReader(text))
    cases = list(dict.fromkeys(row["case:concept:name"] for row in rows))
    kept = set(cases[:: len(cases) // CASES][:CASES])
    file = tmp_path / "part.csv.gz"
    with gzip.open(file, "wt", encoding="utf-8", newline="") as text:
        written = csv.DictWriter(text, rows[0])
        written.writeheader()
        written.writerows(row for row in rows if row["case:concept:name"] in kept)
    return file


class Demo:
    """One start of it. What it says is kept line by line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[str] = []

    async def until(self, words: str) -> str:
        """The line that has these words. Fails with everything said when the demonstration ends before."""
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            self.said.append(line.decode())
            if words in self.said[-1]:
                return self.said[-1]
        pytest.fail("".join(self.said))

    async def end(self) -> tuple[int, str]:
        """Exit code and what stands on standard output."""
        out, err = await self._process.communicate()
        self.said.append(err.decode())
        assert self._process.returncode is not None
        return self._process.returncode, out.decode()

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)


async def start(state: Path, part: Path, *arguments: str) -> Demo:
    command = [sys.executable, "-m", "services.cli", "demo", "--state", str(state), "--log", str(part), *arguments]
    return Demo(
        await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    )


def left_running(state: Path) -> list[str]:
    mark = json.loads((state / "stack.json").read_bytes())["mark"]
    return [" ".join(p.cmdline())[:80] for p in psutil.process_iter() if any(mark in word for word in _words(p))]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.timeout(2 * PATIENCE)
async def test_a_stranger_sees_real_cases_move_and_every_figure_hold_and_starting_again_adds_nothing(
    state: Path, part: Path
) -> None:
    demo = await start(state, part, "--once", "--json")
    code, out = await demo.end()
    assert code == 0, "".join(demo.said) + out
    last = out.rstrip().rpartition("\n")[2]
    first: dict[str, Any] = json.loads(last)
    assert faults(last) == []
    wanted = await from_file(DATA / "receipt_totals.py", part)
    assert {name: first[name] for name in wanted} == wanted
    assert wanted["cases"] == CASES
    assert first["anchors_checked"] > 10
    assert first["codes_to_come"] == 0
    assert left_running(state) == []

    again = await start(state, part)
    board = (await again.until("The board: ")).split("The board: ")[1].strip()
    async with httpx.AsyncClient(timeout=30.0) as client:
        summary = (await client.get(board + "api/v1/dashboard/summary")).raise_for_status().json()
        assert summary["totals"]["total"] == CASES
        await again.until("The board stays at ")
        page = await client.get(board)
        assert "Buijs" in page.text
        again.interrupt()
    code, _ = await again.end()
    assert code == 0, "".join(again.said)
    assert "All of it holds" in "".join(again.said)
    assert left_running(state) == []
