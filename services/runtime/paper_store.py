"""Papers of cases as files beside the log, named by their SHA-256 and sealed under their case's key: without the key a
file is noise, so a case that is forgotten needs no search of the store."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

from services.runtime.sealing import NONCE_BYTES, CannotOpen, open_paper, seal_paper

PART = 256 * 1024
"""Bytes that are read of a file at once."""


class PaperAway(Exception):
    """This store has no such paper of this case; another service's may."""


class SealedPaper(NamedTuple):
    """A file as it lies: `size` in bytes, and in `mark` what tells it from another sealing of the same paper."""

    size: int
    mark: str


class PaperStore:
    """`place`: an absolute folder, or the address of a store (`s3://bucket/prefix`), whose secrets are taken from the
    environment as its own tools take them. All processes of a service see the same one."""

    def __init__(self, place: str) -> None:
        self._folder = None if "://" in place else Path(place)
        self._store: ObjectStore = LocalStore(self._folder, mkdir=True) if self._folder else from_url(place)

    async def put(self, stream: str, key: bytes, content: bytes) -> str:
        """Keep a paper; its SHA-256 in hex, by which it is found. Durable before it returns, and once however often."""
        digest = await asyncio.to_thread(_sha256, content)
        await self._put(stream, key, digest, await asyncio.to_thread(seal_paper, content, key, stream, digest))
        return digest

    async def put_sealed(self, stream: str, key: bytes, digest: str, sealed: bytes) -> None:
        """Keep a paper as another store sealed it. Raises `CannotOpen` unless it is the paper of this digest."""
        content = await asyncio.to_thread(open_paper, sealed, key, stream, digest)
        if await asyncio.to_thread(_sha256, content) != digest:
            raise CannotOpen(f"another paper than {digest} of {stream}")
        await self._put(stream, key, digest, sealed)

    async def _put(self, stream: str, key: bytes, digest: str, sealed: bytes) -> None:
        path = _path(stream, digest)
        try:
            await obstore.put_async(self._store, path, sealed, mode="create")
        except AlreadyExistsError:
            try:
                await self.get(stream, key, digest)
            except CannotOpen:
                # Half of it, from when the machine lost its power: nothing refers to what was not durable.
                await obstore.put_async(self._store, path, sealed, mode="overwrite")
        if self._folder:
            await asyncio.to_thread(_flush, self._folder, path)

    async def get(self, stream: str, key: bytes, digest: str) -> bytes:
        """The paper. Raises PaperAway, `CannotOpen`."""
        try:
            found = await obstore.get_async(self._store, _path(stream, digest))
            sealed = bytes(await found.bytes_async())
        except FileNotFoundError:
            raise PaperAway(digest) from None
        return await asyncio.to_thread(open_paper, sealed, key, stream, digest)

    async def sealed(self, stream: str, digest: str) -> SealedPaper:
        """What lies there. Raises PaperAway."""
        path = _path(stream, digest)
        try:
            found = await obstore.head_async(self._store, path)
            nonce = await obstore.get_range_async(self._store, path, start=0, end=NONCE_BYTES)
        except FileNotFoundError:
            raise PaperAway(digest) from None
        return SealedPaper(found["size"], bytes(nonce).hex())

    async def parts(self, stream: str, digest: str, start: int) -> AsyncIterator[bytes]:
        """The file as it lies, from this byte on, which it has. Raises PaperAway."""
        try:
            found = await obstore.get_async(self._store, _path(stream, digest), options={"range": {"offset": start}})
        except FileNotFoundError:
            raise PaperAway(digest) from None
        async for part in found.stream(min_chunk_size=PART):
            yield bytes(part)

    async def remove(self, stream: str, digest: str) -> None:
        """Take it away; one that is not there is gone already."""
        try:
            await obstore.delete_async(self._store, _path(stream, digest))
        except FileNotFoundError:
            return


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _path(stream: str, digest: str) -> str:
    return f"{stream}/{digest}"


def _flush(folder: Path, path: str) -> None:
    """The file, and its name in each folder above it, are on the disk: the store leaves that to the system."""
    file = folder / path
    for one in (file, *(above for above in file.parents if above.is_relative_to(folder))):
        handle = os.open(one, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
