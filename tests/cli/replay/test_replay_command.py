import re
from pathlib import Path

import pytest
from typer import Typer
from typer.testing import CliRunner

from services.cli.replay.command import bases, command, tokens
from services.cli.replay.mapping import MapInvalid
from services.cli.replay.send import NoAnswer
from services.runtime.issuer import PUBLIC_FILE, make_issuer, read_issuer_keys
from services.runtime.tokens import Verifier
from tests.cli.replay.logs import CITY, DISTRICT, MAP, TOWNSHIP, csv_log


def run(*arguments: str | Path) -> tuple[int, str]:
    app = Typer()
    app.command()(command)
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, re.sub(r"\s+", " ", result.output)


def test_a_units_service_is_found_by_its_code_or_its_tier() -> None:
    base = bases(["township=http://t/", "340405=http://bagongshan", "city=http://c"])
    assert (base(TOWNSHIP), base(DISTRICT), base(CITY)) == ("http://bagongshan", "http://bagongshan", "http://c")
    with pytest.raises(NoAnswer, match="no --service for unit 340405"):
        bases(["city=http://c"])(DISTRICT)
    with pytest.raises(MapInvalid, match="tier=http"):
        bases(["http://c"])


def test_an_importer_acts_for_one_unit_as_the_person_of_the_row(tmp_path: Path) -> None:
    token = tokens(make_issuer(tmp_path))
    actor = Verifier(read_issuer_keys(tmp_path / PUBLIC_FILE)).verify(token(TOWNSHIP, "R21"))
    assert (actor.subject, actor.unit) == ("R21", TOWNSHIP.code)
    assert {"integrator", "clerk", "approver"} <= actor.roles
    assert token(TOWNSHIP, "R21") == token(TOWNSHIP, "R21")


def test_a_log_or_map_that_cannot_be_read_is_told_before_anything_is_sent(tmp_path: Path) -> None:
    make_issuer(tmp_path / "issuer")
    map = tmp_path / "map.toml"
    map.write_text(MAP, encoding="utf-8")
    log = csv_log(tmp_path, "A,work,tomorrow,window,")
    options = (
        "--map",
        map,
        "--service",
        "city=http://127.0.0.1:9",
        "--issuer",
        tmp_path / "issuer",
        "--patience",
        "0.1",
    )
    code, text = run(log, *options)
    assert (code, "line 2: 'tomorrow'" in text) == (2, True)
    code, text = run(csv_log(tmp_path, "A,work,2011-01-01,window,"), *options)
    assert (code, "ConnectError" in text) == (2, True)
    map.write_text("name = 1", encoding="utf-8")
    code, text = run(log, *options)
    assert (code, "name: Input should be a valid string" in text) == (2, True)
