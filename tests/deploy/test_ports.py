"""Ports that are picked before anybody listens at them."""

import subprocess
import sys

import pytest

from deploy.local import ports
from deploy.local.ports import free_port

PICK = """
from deploy.local import ports
ports.FIRST, ports.LAST = {first}, {last}
print(ports.free_port(), flush=True)
input()
"""


def test_two_processes_are_never_given_the_same_port_and_one_that_ended_gives_its_port_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = next(port for port in range(25000, 31000) if ports.is_free(port) and ports.is_free(port + 1))
    monkeypatch.setattr(ports, "FIRST", first)
    monkeypatch.setattr(ports, "LAST", first + 1)
    with subprocess.Popen(
        [sys.executable, "-c", PICK.format(first=first, last=first + 1)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        theirs = int(other.stdout.readline())
        ours = free_port()
        assert {ours, theirs} == {first, first + 1}
        other.communicate("\n")
    assert free_port() == theirs
