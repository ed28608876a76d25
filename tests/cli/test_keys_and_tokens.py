"""Keys, issuer and tokens by command line."""

import json
from pathlib import Path

from typer.testing import CliRunner

from services.cli.main import app
from services.runtime.issuer import PUBLIC_FILE, read_issuer_keys
from services.runtime.keys import load_unit_keys, public_keys
from services.runtime.tokens import Verifier


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_keys_are_made_once_and_their_public_parts_are_told(tmp_path: Path) -> None:
    code, said, _ = run("keys", "340400", "340405101", "--into", tmp_path, "--json")
    assert code == 0
    first = json.loads(said)["keys"]
    assert [(row["unit"], row["made"]) for row in first] == [("340400", True), ("340405101", True)]
    assert (first[0]["sealing"], first[0]["anchor"]) == public_keys(load_unit_keys(tmp_path, "340400"))
    again = json.loads(run("keys", "340400", "--into", tmp_path, "--json")[1])["keys"]
    assert again == [{**first[0], "made": False}]


def test_a_name_that_is_no_unit_code_makes_no_file(tmp_path: Path) -> None:
    code, _, said = run("keys", "../elsewhere", "--into", tmp_path / "keys")
    assert (code, "unit code" in said, list(tmp_path.iterdir())) == (2, True, [])


def test_a_token_is_taken_by_services_that_read_the_issuers_public_file(tmp_path: Path) -> None:
    assert run("issuer", "--into", tmp_path)[0] == 0
    assert run("issuer", "--into", tmp_path)[1].startswith("Kept")
    arguments = ("token", "--unit", "340405101", "--subject", "A01", "--roles", "agent, clerk", "--issuer", tmp_path)
    code, token, _ = run(*arguments, "--hours", "1", "--department", "environment")
    assert code == 0
    actor = Verifier(read_issuer_keys(tmp_path / PUBLIC_FILE)).verify(token.strip())
    assert (actor.subject, actor.unit, actor.department) == ("A01", "340405101", "environment")
    assert actor.roles == {"agent", "clerk"}
    assert json.loads(run(*arguments, "--json")[1]).keys() == {"token", "expires"}


def test_an_unknown_role_and_a_missing_issuer_say_what_to_do(tmp_path: Path) -> None:
    run("issuer", "--into", tmp_path)
    base = ("token", "--unit", "340400", "--subject", "A", "--issuer")
    code, _, said = run(*base, tmp_path, "--roles", "mayor")
    assert (code, "No such role: mayor. There are agent" in said.replace("\n", " ")) == (2, True)
    code, _, said = run(*base, tmp_path / "none", "--roles", "clerk")
    assert (code, "Make it, or bring it back" in said) == (2, True)
