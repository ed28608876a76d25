"""Kafka runs only from libraries whose digests are on record."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from deploy.local import NotUsable, jars
from deploy.local.jars import check


@pytest.fixture
def library(tmp_path: Path) -> tuple[Path, Path]:
    """A folder with one library, and the record of it."""
    folder, record = tmp_path / "jars", tmp_path / "record"
    folder.mkdir()
    (folder / "kafka-1.jar").write_bytes(b"as released")
    record.write_text(f"{hashlib.sha256(b'as released').hexdigest()}  kafka-1.jar\n")
    return folder, record


def test_a_library_as_on_record_is_used(library: tuple[Path, Path]) -> None:
    folder, record = library
    assert check(folder, record) == [folder / "kafka-1.jar"]


def test_an_altered_library_is_refused(library: tuple[Path, Path]) -> None:
    folder, record = library
    (folder / "kafka-1.jar").write_bytes(b"with something added")
    with pytest.raises(NotUsable, match="is not the library on record"):
        check(folder, record)


def test_a_missing_library_is_refused(library: tuple[Path, Path]) -> None:
    folder, record = library
    (folder / "kafka-1.jar").unlink()
    with pytest.raises(NotUsable, match="SHA-256 is nothing"):
        check(folder, record)


def test_a_library_that_nobody_put_on_record_is_refused(library: tuple[Path, Path]) -> None:
    folder, record = library
    (folder / "stranger-1.jar").write_bytes(b"")
    with pytest.raises(NotUsable, match="stranger"):
        check(folder, record)


def test_two_that_start_at_once_on_a_new_machine_fetch_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    def fetch(target: Path) -> None:
        for name in jars.recorded():
            (target / name).write_bytes(b"")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(jars, "fetch", fetch)
    monkeypatch.setattr(jars, "check", lambda folder: sorted(folder.glob("*.jar")))
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(jars.libraries, said.append) for _ in range(2)]
    assert both[0].result() == both[1].result() != []
    assert said == ["Fetching Kafka's libraries from Maven (once on this machine)"]
