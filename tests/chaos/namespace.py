"""`python -m tests.chaos.namespace ARGUMENT…`: Python with these, in a network, mounts and processes of its own.

What is cut or filled there touches nobody else, and nothing that was started there outlives it, whatever ends it.
"""

import fcntl
import os
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from deploy.local.jars import libraries

INSIDE = "SANJI_CHAOS_INSIDE"
FAKETIME = "libfaketime.so.1"
SIOCSIFFLAGS, IFF_UP = 0x8914, 0x1
RETRANSMIT = Path("/proc/sys/net/ipv4/tcp_rto_max_ms")
LONGEST_RETRANSMIT_MS = 3000
"""A connection that was cut for a minute would else be silent for another one. Kernels before 6.15 do not know it."""


def inside() -> bool:
    """Whether this process has them."""
    return INSIDE in os.environ


def faketime() -> Path:
    """The library that sets the clock of one process. Raises SystemExit where it is not installed."""
    found = next(Path("/usr").glob(f"lib*/**/faketime/{FAKETIME}"), None)
    if found is None:
        raise SystemExit("libfaketime is not installed (Debian: apt-get install libfaketime).")
    return found


def enter(arguments: Sequence[str]) -> NoReturn:
    """Python with these arguments in the place of this process. Raises SystemExit with a sentence where that cannot
    be."""
    if os.geteuid() != 0:
        raise SystemExit("Faults need a network and mounts of their own: run this as root.")
    for program, package in (("unshare", "util-linux"), ("iptables", "iptables")):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not installed (Debian: apt-get install {package}).")
    faketime()
    # Inside nothing can be fetched any more.
    libraries(lambda words: print(words, file=sys.stderr))
    own = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    python = [sys.executable, "-m", "tests.chaos.namespace", *arguments]
    os.execvpe("unshare", ["unshare", *own, *python], {**os.environ, INSIDE: "1"})


def stay(arguments: Sequence[str]) -> int:
    """Be the first process in there: start Python with these arguments, clear away what dies, end with it."""
    _loopback()
    child = os.posix_spawn(sys.executable, [sys.executable, *arguments], os.environ)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal tells the child itself
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    while True:
        dead, status = os.wait()
        if dead == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP))
    if RETRANSMIT.exists():
        RETRANSMIT.write_text(str(LONGEST_RETRANSMIT_MS))


if __name__ == "__main__":
    sys.exit(stay(sys.argv[1:]) if inside() else enter(sys.argv[1:]))
