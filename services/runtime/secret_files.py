"""Files that hold secrets: readable by their owner only, complete or absent, never overwritten."""

import os
import secrets
from pathlib import Path


class SecretFileError(Exception):
    """A secret file is missing, already there or open to others. The message says what to do next."""


class SecretExists(SecretFileError):
    """There is one already: overwriting it would make everything under it unreadable."""


class SecretMissing(SecretFileError):
    """There is none, or it cannot be read."""


class SecretExposed(SecretFileError):
    """Others on this machine may read it."""


def write_secret(path: Path, value: bytes) -> None:
    """Write `value` with mode 0600 into a folder of mode 0700, durable when this returns.

    The link at the end is what refuses to overwrite: of two writers one wins whole. Raises `SecretExists`.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        raise SecretExists(f"{path} exists. Keep it; to begin anew, move it away yourself first.") from None
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_secret(path: Path) -> bytes:
    """The content of a secret file. Raises `SecretMissing`, `SecretExposed`."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & 0o077:
                raise SecretExposed(f"{path} can be read by others. Run: chmod 600 {path}")
            return file.read()
    except OSError as error:
        raise SecretMissing(
            f"{path} cannot be read ({error.strerror}). Make it, or bring it back from a copy."
        ) from error
