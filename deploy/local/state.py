"""The state folder: its lock, and the ports, passwords and mark that are kept in it."""

import fcntl
import json
import os
import secrets
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from deploy.local.errors import AlreadyRunning, NotUsable
from deploy.local.ports import free_port

OUTSIDE = ("/var/tmp", "/var/lib", "/tmp")  # noqa: S108
"""Where PostgreSQL's data may be when its user cannot enter the state folder; not every system has all of them."""


@dataclass(slots=True)
class Kept:
    """What has to be the same after a restart."""

    mark: str
    """Stands among the arguments of every server of this folder: how they are found again."""
    ports: dict[str, int] = field(default_factory=dict[str, int])
    passwords: dict[str, str] = field(default_factory=dict[str, str])
    """By PostgreSQL role."""


class State:
    """One folder, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._file = self.folder / "stack.json"
        self._lock: int | None = None
        self.kept = self._read()

    def _read(self) -> Kept:
        if not self._file.exists():
            return Kept(mark=f"sanji-{secrets.token_hex(8)}")
        try:
            return Kept(**json.loads(self._file.read_bytes()))
        except (ValueError, TypeError) as error:
            raise NotUsable(f"{self._file} cannot be read. Put back a copy, or delete {self.folder}.") from error

    def save(self) -> None:
        """Write what is kept, whole or not at all; only the owner may read it, for it has passwords."""
        new = self._file.with_suffix(".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            json.dump(asdict(self.kept), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        new.replace(self._file)

    def port(self, name: str) -> int:
        """The port of that name: picked when first asked for, the same ever after."""
        if name not in self.kept.ports:
            self.kept.ports[name] = free_port(taken=set(self.kept.ports.values()))
            self.save()
        return self.kept.ports[name]

    def password(self, role: str) -> str:
        """The password of that PostgreSQL role, made when first asked for."""
        if role not in self.kept.passwords:
            self.kept.passwords[role] = secrets.token_urlsafe(24)
            self.save()
        return self.kept.passwords[role]

    @property
    def _lock_file(self) -> Path:
        return self.folder / "lock"

    def hold(self, patience: float = 0) -> None:
        """Take the folder for this process, waiting `patience` seconds for it. The lock goes with the process.

        Raises AlreadyRunning with the holder's process id.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o644)
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    os.close(lock)
                    raise AlreadyRunning(self.folder, self.holder()) from None
                time.sleep(0.05)
        os.ftruncate(lock, 0)
        os.write(lock, str(os.getpid()).encode())
        self._lock = lock
        self.kept = self._read()
        self.save()

    def release(self) -> None:
        """Let the folder go."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    @property
    def held(self) -> bool:
        """Whether this very object holds the folder."""
        return self._lock is not None

    def holder(self) -> int | None:
        """Process id of who holds the folder, None when nobody does."""
        if not self._lock_file.exists():
            return None
        lock = os.open(self._lock_file, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return int(os.read(lock, 20) or 0) or None
        else:
            return None
        finally:
            os.close(lock)

    @property
    def outside(self) -> Path:
        """Where PostgreSQL lives when root's state folder lies behind a folder that nobody else may enter."""
        places = [Path(place) / self.kept.mark for place in OUTSIDE]
        begun = (place for place in places if place.exists())
        possible = (place for place in places if place.parent.is_dir())
        return next(begun, None) or next(possible, places[-1])
