"""Kafka runs only from libraries whose digests are on record."""

import hashlib
from pathlib import Path

import pytest

from deploy.local import NotUsable
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
