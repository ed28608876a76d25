"""Papers of cases as files beside the log, named by their SHA-256 and sealed under their case's key: without the key a
file is noise, so a case that is forgotten needs no search of the store."""

import asyncio
import hashlib
import os
from pathlib import Path

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

from services.runtime.sealing import CannotOpen, open_paper, seal_paper


class PaperAway(Exception):
    """This store has no such paper of this case; another service's may."""


class PaperStore:
    """`place`: an absolute folder, or the address of a store (`s3://bucket/prefix`), whose secrets are taken from the
    environment as its own tools take them. All processes of a service see the same one."""

    def __init__(self, place: str) -> None:
        self._folder = None if "://" in place else Path(place)
        self._store: ObjectStore = LocalStore(self._folder, mkdir=True) if self._folder else from_url(place)

    async def put(self, stream: str, key: bytes, content: bytes) -> str:
        """Keep a paper; its SHA-256 in hex, by which it is found. Durable before it returns, and once however often."""
        digest = hashlib.sha256(content).hexdigest()
        path, sealed = _path(stream, digest), seal_paper(content, key, stream, digest)
        try:
            await obstore.put_async(self._store, path, sealed, mode="create")
        except AlreadyExistsError:
            try:
                await self.get(stream, key, digest)
            except CannotOpen:
                # Half of it, from when the machine lost its power: nothing refers to what was not durable.
                await obstore.put_async(self._store, path, sealed, mode="overwrite")
        if self._folder:
            await asyncio.to_thread(_flush, self._folder / path)
        return digest

    async def get(self, stream: str, key: bytes, digest: str) -> bytes:
        """The paper. Raises PaperAway, `CannotOpen`."""
        try:
            found = await obstore.get_async(self._store, _path(stream, digest))
            sealed = bytes(await found.bytes_async())
        except FileNotFoundError:
            raise PaperAway(digest) from None
        return open_paper(sealed, key, stream, digest)


def _path(stream: str, digest: str) -> str:
    return f"{stream}/{digest}"


def _flush(path: Path) -> None:
    """The file, and the names in both folders above it, are on the disk: the store leaves that to the system."""
    for one in (path, path.parent, path.parent.parent):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
