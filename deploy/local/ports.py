"""Ports of 127.0.0.1."""

import errno
import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Collection
from pathlib import Path

FIRST, LAST = 20000, 31999
"""Below what systems give to outgoing connections: a client that calls a killed server's port
can then never be given that very port, and so cannot keep the server from coming back."""

CLAIMS = Path(tempfile.gettempdir()) / f"sanji-ports-{os.getuid()}"
_claimed: dict[int, int] = {}


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
        return True


def free_port(taken: Collection[int] = ()) -> int:
    """A port where nobody listens and that is not in `taken`; no other call, here or in another process of this user,
    is given it as long as this process lives, though its server may listen much later."""
    while True:
        port = random.randint(FIRST, LAST)  # noqa: S311
        if port not in taken and _claim(port):
            if is_free(port):
                return port
            os.close(_claimed.pop(port))


def _claim(port: int) -> bool:
    """Hold the lock of that port's file; it goes with this process, whatever ends it."""
    CLAIMS.mkdir(mode=0o700, exist_ok=True)
    held = os.open(CLAIMS / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(held)
        return False
    _claimed[port] = held
    return True
