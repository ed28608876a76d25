"""Which changes of a contract a record of yesterday survives."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts import generate
from contracts.compat import breaks
from contracts.generate import SCHEMAS, broken, committed, differences, schemas

NAME = "case.CaseReceived.v1"
TODAY = schemas()
Change = Callable[[dict[str, Any]], Any]


def planted(change: Change, name: str = NAME) -> dict[str, Any]:
    changed = copy.deepcopy(TODAY)
    change(changed[name])
    return changed


def field(name: str, **keywords: Any) -> Change:
    return lambda schema: schema["properties"].update({name: keywords})


def more(name: str, **keywords: Any) -> Change:
    return lambda schema: schema["properties"][name].update(keywords)


def gone(name: str) -> Change:
    return lambda schema: schema["properties"].pop(name)


def material(change: Change) -> Change:
    return lambda schema: change(schema["$defs"]["Material"])


def test_the_schemas_in_the_tree_are_those_of_the_models() -> None:
    assert differences() == [], "run python -m contracts.generate"


def test_no_record_that_was_ever_written_becomes_unreadable() -> None:
    assert broken(committed(SCHEMAS), TODAY) == []


BREAKING: dict[str, tuple[Change, str]] = {
    "a removed field": (gone("item"), "case.CaseReceived.v1.item: the field is gone"),
    "a removed optional field": (gone("imported"), "the field is gone"),
    "a retyped field": (field("item", type="integer"), "item: retyped from string to integer"),
    "a field inside a value removed": (material(gone("sha256")), "materials[].sha256: the field is gone"),
    "a field inside a value retyped": (material(field("kind", type="boolean")), "materials[].kind: retyped"),
    "an optional that may no longer be null": (material(field("sha256", type="string", default=None)), "retyped"),
    "a list made one value": (field("materials", type="string", default=[]), "retyped from array"),
    "a new required field": (lambda s: (field("desk", type="string")(s), s["required"].append("desk")), "is required"),
    "an optional made required": (lambda s: s["required"].append("imported"), "imported: became required"),
    "a value taken from a list": (field("channel", type="string", enum=["window"]), "takes fewer values"),
    "a list of values where any was": (more("item", enum=["a"]), "takes fewer values"),
    "another pattern": (more("item", pattern="^[a-z]+$"), "another pattern"),
    "a tighter limit": (more("item_version", maximum=5), "maximum is tighter"),
    "a limit where none was": (more("item", maxLength=5), "maxLength is tighter"),
    "a higher least": (more("materials", minItems=1), "minItems is tighter"),
    "another default": (more("imported", default=True), "its default changed"),
    "a default taken away": (lambda s: s["properties"]["imported"].pop("default"), "its default changed"),
    "a seal taken off": (lambda s: s["properties"]["applicant"].pop("x-sealed"), "x-sealed changed"),
    "a rule that the comparison does not know": (more("materials", uniqueItems=True), "uniqueItems changed"),
}


@pytest.mark.parametrize(("change", "says"), BREAKING.values(), ids=BREAKING.keys())
def test_a_change_that_breaks_old_records_is_found(change: Change, says: str) -> None:
    found = [str(fault) for fault in breaks(TODAY, planted(change))]
    assert len(found) == 1
    assert says in found[0]


FINE: dict[str, Change] = {
    "a new optional field": field("desk", anyOf=[{"type": "string"}, {"type": "null"}], default=None),
    "a new optional field inside a value": material(field("pages", type="integer", default=1)),
    "one more value": field("channel", type="string", enum=["window", "online", "post", "email", "internal", "kiosk"]),
    "a wider limit": more("item_version", maximum=10**9),
    "a limit taken away": lambda s: s["properties"]["item_version"].pop("maximum"),
    "a field that may now be null": lambda s: s["properties"].update(
        {"item": {"anyOf": [s["properties"]["item"], {"type": "null"}]}}
    ),
    "a required field made optional": lambda s: s["required"].remove("item"),
    "other words": lambda s: s.update(description="other words"),
    "a value moved into its own definition": lambda s: (
        s["$defs"].update({"Item": s["properties"]["item"]}),
        s["properties"].update({"item": {"$ref": "#/$defs/Item"}}),
    ),
}


@pytest.mark.parametrize("change", FINE.values(), ids=FINE.keys())
def test_a_change_that_old_records_survive_is_let_through(change: Change) -> None:
    assert breaks(TODAY, planted(change)) == []


def test_a_type_may_come_but_not_go_unless_it_is_lifted() -> None:
    fewer = {name: schema for name, schema in TODAY.items() if name != NAME}
    assert breaks(fewer, TODAY) == []
    assert [fault.where for fault in breaks(TODAY, fewer)] == [NAME]
    assert broken(TODAY, fewer, {f"sanji.{NAME}": None}) == []


def test_the_envelope_keeps_its_fields_too() -> None:
    assert breaks(TODAY, planted(gone("command"), "envelope.v1"))
    assert breaks(TODAY, planted(gone("sealed_key"), "inbox.Handover.v1"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of schemas that is up to date, in another place."""
    monkeypatch.setattr(generate, "SCHEMAS", tmp_path)
    generate.write(tmp_path)
    return tmp_path


def rewrite(file: Path, change: Change) -> None:
    schema = json.loads(file.read_text("utf-8"))
    change(schema)
    file.write_text(json.dumps(schema), "utf-8")


def test_the_generator_refuses_to_overwrite_what_old_records_need(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    released = folder / "case" / "CaseReceived.v1.json"
    rewrite(released, field("desk", type="string"))
    monkeypatch.setattr(generate, "committed", lambda folder=folder: committed(folder))
    before = released.read_text("utf-8")
    assert generate.main([]) == 1
    assert "case.CaseReceived.v1.desk: the field is gone" in capsys.readouterr().err
    assert released.read_text("utf-8") == before


def test_a_file_that_is_out_of_date_is_shown_with_its_difference(folder: Path) -> None:
    assert differences(folder) == []
    rewrite(folder / "case" / "CaseReceived.v1.json", lambda schema: schema.update(description="before"))
    assert any(line.startswith("+") and "Papers were handed in" in line for line in differences(folder))
    assert generate.write(folder) == 1, "asyncapi.json already said it rightly"
    assert differences(folder) == []


def test_the_schema_of_a_superseded_version_stays_in_the_tree_and_in_the_document(folder: Path) -> None:
    old = folder / "case" / "CaseReceived.v0.json"
    old.write_text((folder / "case" / "CaseReceived.v1.json").read_text("utf-8").replace("v1", "v0"), "utf-8")
    generate.write(folder)
    assert "sanji.case.CaseReceived.v0" in (folder / "asyncapi.json").read_text("utf-8")
    assert [fault.where for fault in broken(committed(folder), TODAY)] == ["case.CaseReceived.v0"]
    assert broken(committed(folder), TODAY, {"sanji.case.CaseReceived.v0": None}) == []
