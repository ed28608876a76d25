"""`sanji load` lets cases go through a running system and tells how long it took."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from deploy.local import Stack
from services.cli.verify.run import verify
from services.cli.verify.sources import Service as Copies
from tests.journeys.places import DATONG, REGISTRATION, SHANGYAO
from tests.journeys.system import System


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def loaded(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system that nobody else uses: what a load does stands in no ledger."""
    async with System(stack, tmp_path_factory.mktemp("loaded"), "loaded", over=None) as made:
        yield made


async def sound(system: System) -> None:
    await system.at_rest()
    report = await verify([Copies(s.name, s.url, system.operator, system.http) for s in system.services.values()])
    assert (report.bad, report.open, report.lagging) == ([], [], {})


async def said(system: System, *more: str) -> tuple[int, bytes, bytes]:
    """Exit code, output and errors of `sanji load` on this system."""
    services = [f"--service={tier}={system.services[tier].url}" for tier in ("township", "district", "city")]
    issuer = system.services["city"].log.parent / "issuer"
    words = [*services, f"--portal={system.services['portal'].url}", f"--issuer={issuer}", f"--township={SHANGYAO}"]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.cli", "load", *words, f"--district={DATONG}", "--seconds=3", *more,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out, errors


@pytest.mark.timeout(300)
async def test_every_case_of_a_load_ends_and_every_act_comes_to_the_board(loaded: System) -> None:
    code, out, errors = await said(loaded, f"--item={REGISTRATION}", "--rate=2", "--rate=4", "--really", "--json")
    assert code == 0, errors
    found: list[dict[str, Any]] = json.loads(out)
    assert [one["rate"] for one in found] == [2.0, 4.0]
    for one in found:
        assert one["cases"] > 0
        assert (one["acts"], one["left"]) == (11 * one["cases"], 0)
        assert 0 < one["waits"]["p50"] <= one["waits"]["p90"] <= one["waits"]["p99"]
    await sound(loaded)


async def test_a_load_says_what_hinders_it(loaded: System) -> None:
    for more, word in (
        ((f"--item={REGISTRATION}",), b"--really"),
        (("--item=unheard-of", "--rate=20", "--really"), b"item_unknown"),
        ((f"--item={REGISTRATION}", "--service=city=ftp://127.0.0.1", "--rate=20", "--really"), b"http://host:port"),
        ((f"--item={REGISTRATION}", "--portal=http://127.0.0.1:1", "--rate=20", "--really"), b"/events"),
    ):
        code, out, errors = await said(loaded, *more)
        assert (code, out) == (2, b""), (more, out, errors)
        assert word in errors, (word, errors)
    await sound(loaded)
