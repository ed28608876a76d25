"""The marker file: how far this incarnation of the database was about to speak, kept outside the database (B2)."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.runtime.restart import Marker, marker_before_sending, marker_from


class MarkerFile:
    """One a service, `<folder>/<service>.marker`, on storage that outlives the database."""

    def __init__(self, folder: Path, service: str) -> None:
        self._path = folder / f"{service}.marker"
        self._known: Marker | None = None

    def read(self) -> Marker | None:
        """What it says; None when it is missing or unreadable, which means the same."""
        try:
            self._known = marker_from(self._path.read_text(encoding="ascii", errors="replace"))
        except OSError:
            self._known = None
        return self._known

    @property
    def known(self) -> Marker | None:
        """What this process last read or wrote."""
        return self._known

    @property
    def said(self) -> int:
        """The position up to which this service has spoken, or was about to; 0 while that is not known."""
        return self._known.highest if self._known else 0

    def write(self, marker: Marker) -> None:
        """Complete and durable when this returns: rows may be sent only afterwards. Raises OSError.

        A line of the same length is overwritten in place: one sync, before every send. Torn by a crash it counts as
        missing.
        """
        text = marker.text().encode("ascii")
        same_length = self._known is not None and len(self._known.text()) == len(text)
        if not same_length or not self._overwritten(text):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            with draft.open("wb") as new:
                new.write(text)
                new.flush()
                os.fsync(new.fileno())
            draft.replace(self._path)
            self._sync_folder()
        self._known = marker

    def _overwritten(self, text: bytes) -> bool:
        """False when the file is gone."""
        try:
            file = os.open(self._path, os.O_WRONLY)
        except FileNotFoundError:
            return False
        try:
            os.pwrite(file, text, 0)
            os.fdatasync(file)
        finally:
            os.close(file)
        return True

    def delete(self) -> None:
        """Durably, before a restored database reads back: rows read back would soon cover it. Raises OSError."""
        self._path.unlink(missing_ok=True)
        if self._path.parent.exists():
            self._sync_folder()
        self._known = None

    def _sync_folder(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def before_sending(marker: MarkerFile) -> Callable[[int], Awaitable[None]]:
    """What the relay awaits before each send: the marker covers the highest position about to be sent."""

    async def write(highest: int) -> None:
        known = marker.known
        assert known is not None, "a service speaks only after its marker was read or written"
        wanted = marker_before_sending(known, known.incarnation, highest)
        if wanted is not None:
            await asyncio.to_thread(marker.write, wanted)

    return write
