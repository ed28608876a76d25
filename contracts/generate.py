"""`python -m contracts.generate` writes `contracts/schemas`; `--check` says what is out of date and exits 1.

`<kind>/<Name>.v<n>.json` is the JSON Schema (2020-12) of an event's `data` or of an inbox message's; `envelope.v1.json`
and `message.v1.json` are what stands around them; `asyncapi.json` is all of it by topic.

**The committed files are the released baseline.** Writing refuses a change that would break a record already written
(contracts.compat). Raise the event's `version` and lift the old one in contracts.upcast: the old file then stays, as
the old records do. For a type that nobody has released yet, delete its file and write again: the review sees it.
"""

import argparse
import difflib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from contracts.asyncapi import document
from contracts.catalogue import EVENTS
from contracts.compat import Break, breaks
from contracts.envelope import Envelope
from contracts.events import schema_uri
from contracts.inbox import MESSAGES, Wire
from contracts.upcast import CHAIN

Json = dict[str, Any]
SCHEMAS = Path(__file__).parent / "schemas"
ASYNCAPI = "asyncapi.json"
DOCUMENT_VERSION = "0.1.0"
_URN = "urn:sanji:schema:"


class _Untitled(GenerateJsonSchema):
    """Without a title for each field, which only repeats the field's name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas() -> dict[str, Json]:
    """The schemas of today's models by name: `case.CaseReceived.v1`, `inbox.Handover.v1`, `envelope.v1`."""
    found = {schema_uri(event).removeprefix(_URN): _schema(event) for event in EVENTS.values()}
    for message in MESSAGES.values():
        found[message.name.removeprefix("sanji.")] = _without(_schema(message), ("source", "case"))
    found |= {"envelope.v1": _schema(Envelope), "message.v1": _schema(Wire)}
    return {name: {"$schema": GenerateJsonSchema.schema_dialect, "$id": _URN + name, **found[name]} for name in found}


def committed(folder: Path = SCHEMAS) -> dict[str, Json]:
    """The schemas in the tree by name, the AsyncAPI document aside."""
    files = (file for file in folder.rglob("*.json") if file.name != ASYNCAPI)
    return {_name(file.relative_to(folder)): json.loads(file.read_text("utf-8")) for file in files}


def broken(old: Mapping[str, Json], new: Mapping[str, Json], lifted: Mapping[str, object] = CHAIN.lifts) -> list[Break]:
    """What the change from `old` to `new` breaks, superseded versions that the upcasters lift aside."""
    return breaks(old, new, {name.removeprefix("sanji.") for name in lifted})


def tree(old: Mapping[str, Json]) -> dict[str, str]:
    """Every file that `contracts/schemas` should hold, by its path in it: today's schemas and the superseded ones."""
    every = {**old, **schemas()}
    files = {_path(name): _text(schema) for name, schema in every.items()}
    return {**files, ASYNCAPI: _text(document(every, DOCUMENT_VERSION))}


def differences(folder: Path = SCHEMAS) -> list[str]:
    """The lines of a unified diff from the folder to what it should hold; none when it is up to date."""
    wanted = tree(committed(folder))
    lines: list[str] = []
    for path, text in sorted(wanted.items()):
        file = folder / path
        before = file.read_text("utf-8") if file.exists() else ""
        lines += difflib.unified_diff(
            before.splitlines(), text.splitlines(), path, f"{path} (models)", n=1, lineterm=""
        )
    return lines


def write(folder: Path = SCHEMAS) -> int:
    """Bring the folder up to date; the number of files written. The caller has looked at `broken`."""
    changed = 0
    for path, text in tree(committed(folder)).items():
        file = folder / path
        if not file.exists() or file.read_text("utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8", newline="\n")
            changed += 1
    return changed


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m contracts.generate", description="Schemas of all contracts.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the tree is out of date")
    check = parser.parse_args(arguments).check
    if found := broken(committed(), schemas()):
        print("These changes break records that were already written:", *found, sep="\n  ", file=sys.stderr)
        print("Raise the event's version and lift the old one (contracts.upcast).", file=sys.stderr)
        return 1
    if not check:
        print(f"{write()} files written to {SCHEMAS.name}")
        return 0
    lines = differences()
    if lines:
        print(*lines[:60], sep="\n", file=sys.stderr)
        print("contracts/schemas is out of date: run python -m contracts.generate", file=sys.stderr)
    return 1 if lines else 0


def _schema(model: type[BaseModel]) -> Json:
    return model.model_json_schema(schema_generator=_Untitled)


def _without(schema: Json, fields: tuple[str, ...]) -> Json:
    properties = {name: value for name, value in schema["properties"].items() if name not in fields}
    required = [name for name in schema.get("required", ()) if name not in fields]
    return {**schema, "properties": properties, "required": required}


def _path(name: str) -> str:
    return f"{name.replace('.', '/', 1) if name.count('.') == 2 else name}.json"


def _name(path: Path) -> str:
    return ".".join((*path.parts[:-1], path.name.removesuffix(".json")))


def _text(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
