"""What can go wrong on a developer's machine; each message says what to do next."""

from pathlib import Path


class LocalError(Exception):
    """The local stack cannot do what was asked."""


class AlreadyRunning(LocalError):
    """Another process holds this state folder."""

    def __init__(self, folder: Path, pid: int | None) -> None:
        self.pid = pid
        super().__init__(
            f"The local stack of {folder} is already running (process {pid or 'unknown'}). "
            f"Use it, stop it with `python -m deploy.local down --state {folder}`, or name another folder by --state."
        )


class NotUsable(LocalError):
    """The state folder, a package or a library is not what it has to be."""


class StartFailed(LocalError):
    """A server ended or stayed silent while it was being started."""

    def __init__(self, what: str, log: Path) -> None:
        last = log.read_text(errors="replace").splitlines()[-15:] if log.exists() else []
        super().__init__("\n".join([f"{what} Its whole log is {log}; it ends:", *(f"  {line}" for line in last)]))
