"""The folder of backups: beside each dump a small file that says what it is of, and whether a restore voided it."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.fields import instant_text
from services.cli.refusing import Cannot

DUMP, NOTE = ".dump", ".json"


@dataclass(frozen=True, slots=True)
class Backup:
    """`database` is its name; `incarnation` and `position` say which life of it, and how far. Times are RFC 3339, UTC.

    `voided`: when a restore left the history that this backup is of; it must never be restored (protocol B3).
    """

    file: str
    database: str
    incarnation: str
    position: int
    made: str
    voided: str | None = None
    because: str | None = None

    @property
    def dump(self) -> str:
        return self.file + DUMP


def write(folder: Path, backup: Backup) -> None:
    """Whole or not at all."""
    draft = folder / f".{backup.file}{NOTE}"
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(asdict(backup), out, indent=1)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(folder / f"{backup.file}{NOTE}")


def known(folder: Path, database: str) -> list[Backup]:
    """The backups of this database in the folder, oldest first. Raises Cannot for a note that cannot be read."""
    found = [read(path) for path in folder.glob(f"*{NOTE}")]
    return sorted((one for one in found if one.database == database), key=lambda one: one.made)


def read(path: Path) -> Backup:
    """The note in this file. Raises Cannot."""
    try:
        said: dict[str, Any] = json.loads(path.read_bytes())
        return Backup(**said)
    except (OSError, ValueError, TypeError):
        raise Cannot(f"{path} is no note of a backup. It lies beside each dump; bring it back from a copy.") from None


def void_younger(folder: Path, than: Backup) -> list[Backup]:
    """Mark every backup made after this one: the history that they are of was left. The newly marked ones."""
    marked: list[Backup] = []
    for one in known(folder, than.database):
        if one.made > than.made and one.voided is None:
            voided = replace(one, voided=instant_text(datetime.now(UTC)), because=f"{than.file} was restored")
            write(folder, voided)
            marked.append(voided)
    return marked
