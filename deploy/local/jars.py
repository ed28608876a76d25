"""Kafka's libraries: resolved once from Maven, kept in the user's cache, used only with the digests on record."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.errors import NotUsable
from deploy.local.java import java_home

RECORD = Path(__file__).with_name("kafka.sha256")
"""`<sha256>  <file name>` a line, as `sha256sum` writes and checks."""


def recorded(record: Path = RECORD) -> dict[str, str]:
    """Digest by file name."""
    return {name: digest for digest, name in (line.split() for line in record.read_text().splitlines())}


def cache() -> Path:
    """The folder that all checkouts of this user share; another set of libraries is another folder."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "sanji" / f"kafka-{hashlib.sha256(RECORD.read_bytes()).hexdigest()[:12]}"


def check(folder: Path, record: Path = RECORD) -> list[Path]:
    """The libraries in `folder`, in order. Raises NotUsable for one that is missing, foreign or altered."""
    expected = recorded(record)
    if foreign := {path.name for path in folder.glob("*.jar")} - expected.keys():
        raise NotUsable(f"{folder} holds {', '.join(sorted(foreign))}, not on record in {record}. Delete the folder.")
    for name, digest in expected.items():
        path = folder / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "nothing"
        if found != digest:
            raise NotUsable(
                f"{path} is not the library on record: SHA-256 is {found}, {record} says {digest}. "
                f"Delete {folder} and start again; if it comes back altered, do not trust the Maven mirror in use."
            )
    return [folder / name for name in sorted(expected)]


def libraries(step: Callable[[str], None]) -> list[Path]:
    """Kafka's class path, fetched when this machine has not got it yet (about 30 s, the network is needed).

    Raises NotUsable when it cannot be fetched or is not what the record says.
    """
    folder = cache()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(folder.parent / "fetching.lock"):
            if not folder.exists():
                step("Fetching Kafka's libraries from Maven (once on this machine)")
                _fetch_into(folder)
    return check(folder)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process after the other: the resolver's own store does not bear two that fetch the same."""
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _fetch_into(folder: Path) -> None:
    """All or nothing: `folder` is there when everything in it was checked."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        fetched = Path(temporary) / "jars"
        fetched.mkdir()
        fetch(fetched)
        check(fetched)
        shutil.move(fetched, folder)


def fetch(target: Path) -> None:
    """Resolve and copy the libraries into `target`, unchecked: also how a new record is made."""
    home = java_home()
    env = os.environ | {"JAVA_HOME": str(home), "PATH": f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    resolve = [sys.executable, str(Path(__file__).with_name("resolve.py")), str(target)]
    done = subprocess.run(resolve, env=env, capture_output=True, text=True)
    if done.returncode:
        raise NotUsable(
            "Kafka's libraries could not be fetched from Maven. Look at the network (proxy, or a Maven mirror in "
            f"~/.config/jgo.conf) and start again.\n{done.stderr[-1500:]}"
        )
