"""Ports of 127.0.0.1."""

import errno
import random
import socket

FIRST, LAST = 20000, 31999
"""Below what systems give to outgoing connections: a client that calls a killed server's port
can then never be given that very port, and so cannot keep the server from coming back."""


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


def free_port(taken: set[int]) -> int:
    """A port where nobody listens and that is not in `taken`."""
    while True:
        port = random.randint(FIRST, LAST)  # noqa: S311
        if port not in taken and is_free(port):
            return port
