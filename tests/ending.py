"""A program that is run to its end, within a time."""

import asyncio
from pathlib import Path
from typing import NamedTuple


class Ended(NamedTuple):
    code: int
    out: bytes
    err: bytes


async def ended(*words: str | Path, within: float, cwd: Path | None = None) -> Ended:
    """How it ended and what it said, at most `within` seconds from now. It does not outlive this call. Raises
    TimeoutError."""
    process = await asyncio.create_subprocess_exec(
        *words,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, out, err)
