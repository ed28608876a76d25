"""The services of the demonstration as child processes."""

import asyncio
from pathlib import Path

import pytest

from services.cli.demo.children import ChildDied, Children


async def test_a_service_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    children = Children(tmp_path / "logs", "mark-of-this-test")
    await children.start("nowhere", {})
    with pytest.raises(ChildDied, match=r"service nowhere ended by itself \(exit code 1\)[^$]*No module named"):
        await asyncio.wait_for(children.watch(), 30)
    assert await children.stop() == []


async def test_what_the_caller_s_environment_says_to_services_does_not_reach_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANJI_DATABASE", "postgresql://elsewhere/production")
    children = Children(tmp_path, "mark-of-this-test")
    await children.start("city", {"SANJI_SERVICE": "city"})
    with pytest.raises(ChildDied) as died:
        await asyncio.wait_for(children.watch(), 30)
    assert "SANJI_DATABASE: Field required" in (tmp_path / "city.log").read_text()
    assert "elsewhere" not in str(died.value)
    await children.stop()
