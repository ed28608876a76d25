"""A server's disk, in memory, that can be full."""

import asyncio
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tests.chaos.schedule import Fault

if TYPE_CHECKING:
    from tests.chaos.world import World

ROOM_KIB = 16
"""What is left on a full disk: the next page or two still go."""


class Disk:
    """A file system of `mib` MiB at `path`. It is filled by making it smaller, so that nothing is written for that."""

    def __init__(self, path: Path, mib: int) -> None:
        self.path = path
        self._mib = mib

    def mount(self) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={self._mib}m,mode=0711", "tmpfs", str(self.path))

    def unmount(self) -> None:
        """Whoever has it open keeps it until he ends."""
        if self.path.is_mount():
            _run("umount", "--lazy", str(self.path))

    def fill(self) -> None:
        found = os.statvfs(self.path)
        used = (found.f_blocks - found.f_bfree) * found.f_frsize // 1024
        self._resize(f"{used + ROOM_KIB}k")

    def empty(self) -> None:
        self._resize(f"{self._mib}m")

    def _resize(self, size: str) -> None:
        _run("mount", "-o", f"remount,size={size}", str(self.path))


async def fill_disk(world: "World", fault: Fault) -> None:
    """Nothing more can be written, and who cannot bear that may end; started again when there is room."""
    disk = world.disk(fault.target)
    with world.down(fault.target):
        disk.fill()
        try:
            await asyncio.sleep(fault.lasts)
        finally:
            disk.empty()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
