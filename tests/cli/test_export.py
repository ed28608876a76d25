"""Exports from a service that answers over HTTP, read again by `verify` and by `replay`."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from typer.testing import CliRunner

from services.cli.main import app
from services.cli.replay.logs import traces
from services.cli.replay.mapping import Columns, Item, Map, Tiers
from services.cli.verify.record import read
from services.runtime.starting import EX_CONFIG
from tests.cli.verify.chains import CASE, anchored, opened, travelled

SEALED = '"v1.'


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.output


class Answers(BaseHTTPRequestHandler):
    """`GET /api/v1/chains`: heads, or with `full=1` the whole chains."""

    chains: ClassVar[dict[str, list[bytes]]] = {}

    def do_GET(self) -> None:
        if "full=1" in self.path:
            kind, body = (
                "application/x-ndjson",
                b"".join(line + b"\n" for s in sorted(self.chains) for line in self.chains[s]),
            )
        else:
            heads = [
                {"stream": stream, "seq": len(lines), "hash": read(lines[-1]).hash}
                for stream, lines in sorted(self.chains.items())
            ]
            kind, body = "application/json", json.dumps({"chains": heads if "after=&" in self.path else []}).encode()
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Not on the test's output."""


@pytest.fixture
def service() -> Iterator[str]:
    case = travelled()
    Answers.chains = {chain.stream: chain.lines for chain in (case, opened(), anchored([case]))}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_exact_records_are_verified_offline_and_a_cut_file_is_found(service: str, tmp_path: Path) -> None:
    file = tmp_path / "all.ndjson"
    code, said = run("export", "--service", service, "--token", "t", "--to", file, "--json")
    assert (code, json.loads(said)["chains"]) == (0, 3)
    assert run("verify", "--file", file)[0] == 0
    lines = file.read_bytes().splitlines(keepends=True)
    last = max(place for place, line in enumerate(lines) if CASE.encode() in line and b"specversion" in line)
    file.write_bytes(b"".join(lines[:last] + lines[last + 1 :]))
    code, said = run("verify", "--file", file, "--json")
    assert (code, {one["code"] for one in json.loads(said)["bad"]}) == (1, {"head_differs", "anchor_differs"})


@pytest.mark.parametrize("form", ["csv", "xes"])
def test_events_for_process_mining_are_those_of_cases_with_nothing_sealed(
    service: str, tmp_path: Path, form: str
) -> None:
    file = tmp_path / f"cases.{form}"
    code, _ = run("export", "--service", service, "--token", "t", "--to", file, "--format", form)
    assert code == 0
    assert SEALED in b"".join(travelled().lines).decode()
    assert "v1." not in file.read_text(encoding="utf-8")
    case = "case:concept:name"
    columns = Columns(
        case=case, activity="concept:name", time="time:timestamp", group="org:group", resource="org:resource"
    )
    map = Map(name="again", columns=columns, tiers=Tiers(default="district"), items=(Item(publish={"code": "x"}),))
    (trace,) = traces(file, map)
    records = [read(line) for line in travelled().lines]
    assert trace.case == CASE
    assert [(row.activity, row.group) for row in trace.rows] == [(record.name, record.unit) for record in records]


def test_a_service_that_is_away_leaves_no_file(tmp_path: Path) -> None:
    code, said = run("export", "--service", "http://127.0.0.1:9", "--token", "t", "--to", tmp_path / "x")
    assert (code, "ConnectError" in said, list(tmp_path.iterdir())) == (2, True, [])


def test_a_service_that_lacks_settings_says_which() -> None:
    code, said = run("serve", "city")
    assert (code, "SANJI_DATABASE: Field required" in said) == (EX_CONFIG, True)
