"""Where other offices' services are, and a paper asked of one: RFC 9110, ranges, section 14.

A paper travels as it lies, sealed under its case's key, so nobody between reads it and what was had of it before a link
broke is kept on the disk as it is. The sender needs no key and holds no more of it than a part in memory.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx

from services.runtime.sealing import NONCE_BYTES, SEAL_BYTES
from services.runtime.settings import Settings
from services.runtime.turns import end_if_asked

PATIENCE = httpx.Timeout(10.0, read=30.0)


class Unreachable(Exception):
    """The office's service does not answer, or not as one does; what came of the paper is kept."""


class Offices:
    """`addresses`: codes with which units begin, and an address for those units; a code may come more than once."""

    def __init__(self, addresses: Sequence[tuple[str, str]], token: str, most: int) -> None:
        self._addresses = addresses
        self._most = most
        headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
        self._client = httpx.AsyncClient(headers=headers, timeout=PATIENCE)

    @classmethod
    def of(cls, settings: Settings) -> "Offices":
        token = settings.offices_token
        return cls(settings.offices, token.get_secret_value() if token else "", settings.paper_bytes)

    def of_unit(self, unit: str) -> list[str]:
        """Addresses of the services one of which hosts this unit; of codes that fit, the longest counts."""
        fits = [(len(code), address) for code, address in self._addresses if unit.startswith(code)]
        longest = max((length for length, _ in fits), default=0)
        return [address for length, address in fits if length == longest]

    async def fetch(self, address: str, stream: str, digest: str, partial: Path) -> bool:
        """Bring the rest of the sealed paper into this file; False where that office does not have it. What came stays
        in it when the link breaks. Raises Unreachable."""
        headers = await asyncio.to_thread(_continued, partial)
        url = f"{address.rstrip('/')}/api/v1/cases/{stream}/papers/{digest}/sealed"
        try:
            async with self._client.stream("GET", url, headers=headers) as answer:
                match answer.status_code:
                    case 200 | 206:
                        await self._take(answer, partial)
                        return True
                    case 404:
                        return False
                    case 416:
                        # All of it is here, or it was another file.
                        if (
                            answer.headers.get("content-range")
                            != f"bytes */{await asyncio.to_thread(size_of, partial)}"
                        ):
                            await asyncio.to_thread(partial.unlink, missing_ok=True)
                            raise Unreachable("another file")
                        return True
                    case status:
                        raise Unreachable(f"status {status}")
        except httpx.HTTPError as error:
            end_if_asked()
            raise Unreachable(type(error).__name__) from None

    async def _take(self, answer: httpx.Response, partial: Path) -> None:
        whole = answer.status_code == 200
        size = 0 if whole else await asyncio.to_thread(size_of, partial)
        with await asyncio.to_thread(partial.open, "wb" if whole else "ab") as file:
            async for part in answer.aiter_raw():
                size += len(part)
                if size > self._most + SEAL_BYTES:
                    await asyncio.to_thread(partial.unlink)
                    raise Unreachable(f"over {self._most} bytes")
                await asyncio.to_thread(file.write, part)

    async def close(self) -> None:
        await self._client.aclose()


def size_of(partial: Path) -> int:
    """Bytes of it that came so far."""
    return partial.stat().st_size if partial.exists() else 0


def _continued(partial: Path) -> dict[str, str]:
    """From where on, if it still is the same file: its first bytes were made for this sealing alone."""
    size = size_of(partial)
    if size < NONCE_BYTES:
        return {}
    with partial.open("rb") as file:
        mark = file.read(NONCE_BYTES).hex()
    return {"Range": f"bytes={size}-", "If-Range": f'"{mark}"'}
