"""The AsyncAPI 3.1 document: which records stand on which topic, who sends them and who receives them.

A record's payload is the envelope with `type` and `data` of its event. Old versions stay in it, because feeds are kept
for ever. Built from the schemas alone, so the same schemas give the same document.
"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from contracts import portal
from contracts.envelope import CONTENT_TYPE
from contracts.events import Event
from contracts.fields import CASE_NUMBER_PATTERN, STREAM_PATTERN
from contracts.topics import FEED_PARTITIONS, INBOX_PARTITIONS, INBOX_RETENTION_DAYS, REFERENCE_KINDS, TIERS, Topics

Json = dict[str, Any]
SERVICES = (*TIERS, "portal")
_MEDIA_TYPE = CONTENT_TYPE.decode()
_BINDING = "0.5.0"
_DAY = 24 * 60 * 60 * 1000


def _portal_kinds() -> frozenset[str]:
    found = (value for value in vars(portal).values() if isinstance(value, type) and issubclass(value, Event))
    return frozenset(event.kind for event in found if event.kind)


PORTAL_KINDS = _portal_kinds()
_KINDS_OF_INBOX = frozenset({"case", "request", "inbox"})


def document(schemas: Mapping[str, Json], version: str) -> Json:
    """The document over schemas by name, `case.CaseReceived.v1`, `envelope.v1` and `message.v1` among them."""
    names = sorted(name for name in schemas if name.count(".") == 2)
    return {
        "asyncapi": "3.1.0",
        "id": "urn:sanji:asyncapi",
        "info": {
            "title": "Sanji events",
            "version": version,
            "description": "Every record is one CloudEvents 1.0 JSON object. Its SHA-256 is the next one's prevhash.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _MEDIA_TYPE,
        "channels": _channels(names),
        "operations": _operations(),
        "components": {
            "messages": {f"sanji.{name}": _message(name, schemas[name]) for name in names}
            | {"deadletter": _DEADLETTER},
            "schemas": _hoisted(schemas),
        },
    }


def _channels(names: Iterable[str]) -> Json:
    names = tuple(names)
    at = Topics("{prefix}")
    feeds = {
        f"{service}Events": _channel(
            at.feed(service),
            f"All that {_WRITERS[service]} wrote, in the order of each stream; kept for ever.",
            [name for name in names if _kind(name) in _kinds_of_feed(service)],
            FEED_PARTITIONS,
            -1,
        )
        for service in SERVICES
    }
    return {
        **feeds,
        "referenceEvents": _channel(
            at.reference,
            "Units, departments, windows, items, clearance rounds, delegations and the calendar; kept for ever.",
            [name for name in names if _kind(name) in REFERENCE_KINDS],
            FEED_PARTITIONS,
            -1,
        ),
        "inbox": _channel(
            at.inbox("{unit}"),
            "For one unit only: chains handed over, case keys, requests. The sender's log is the truth.",
            [name for name in names if _kind(name) in _KINDS_OF_INBOX],
            INBOX_PARTITIONS,
            INBOX_RETENTION_DAYS * _DAY,
            unit="The receiving unit's code, or portal.",
        ),
        "deadletter": _channel(
            at.deadletter("{service}"),
            "Records that this service could not read, as they came.",
            (),
            1,
            -1,
            service="The service's name.",
        ),
    }


_WRITERS = {tier: f"the units of the {tier} tier" for tier in TIERS} | {"portal": "the portal"}


def _kinds_of_feed(service: str) -> frozenset[str]:
    if service == "portal":
        return PORTAL_KINDS | {"request", "anchor"}
    return frozenset({"case", "request", "supervision", "anchor"})


def _channel(
    address: str, description: str, names: Iterable[str], partitions: int, retention: int, **parameters: str
) -> Json:
    messages = [f"sanji.{name}" for name in names] or ["deadletter"]
    told = {"prefix": "Set by the operator, the same for all services; may be empty.", **parameters}
    return {
        "address": address,
        "description": description,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "parameters": {name: {"description": text} for name, text in told.items()},
        "bindings": {
            "kafka": {
                "partitions": partitions,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": retention},
                "bindingVersion": _BINDING,
            }
        },
    }


def _operations() -> Json:
    found: Json = {}
    for service in SERVICES:
        sends = [f"{service}Events", "inbox", "deadletter"]
        receives = [f"{other}Events" for other in dict.fromkeys((*TIERS, service))] + ["referenceEvents", "inbox"]
        if service in ("city", "district"):
            sends.insert(1, "referenceEvents")
        for action, channels in (("send", sends), ("receive", receives)):
            for channel in channels:
                name = f"{service}.{action}.{channel}"
                found[name] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{channel}"},
                    "summary": f"The {service} service {action}s {channel}.",
                    "tags": [{"name": service}],
                }
    return found


def _message(name: str, schema: Json) -> Json:
    kind, title, _ = name.split(".")
    outer = "message.v1" if kind == "inbox" else "envelope.v1"
    key = CASE_NUMBER_PATTERN if kind == "inbox" else STREAM_PATTERN
    return {
        "name": f"sanji.{name}",
        "title": title,
        **({"description": schema["description"]} if "description" in schema else {}),
        "contentType": _MEDIA_TYPE,
        "headers": {
            "type": "object",
            "properties": {"content-type": {"const": _MEDIA_TYPE}},
            "required": ["content-type"],
        },
        "payload": {
            "allOf": [
                {"$ref": f"#/components/schemas/{outer}"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": f"sanji.{name}"},
                        "data": {"$ref": f"#/components/schemas/{name}"},
                    },
                },
            ]
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "pattern": f"^({key})$", "description": "The stream; of messages, the case."},
                "bindingVersion": _BINDING,
            }
        },
    }


_DEADLETTER: Json = {
    "name": "deadletter",
    "title": "Dead letter",
    "description": "The bytes of a record that could not be read, unchanged.",
    "contentType": "application/octet-stream",
    "payload": {},
}


def _hoisted(schemas: Mapping[str, Json]) -> Json:
    """Each schema under its name and its inner ones as `name.Inner`: versions never share an inner schema."""
    found: Json = {}
    for name in sorted(schemas):
        rest = {key: value for key, value in schemas[name].items() if key not in ("$schema", "$id", "$defs")}
        found[name] = _referring(rest, name)
        for inner, schema in sorted(schemas[name].get("$defs", {}).items()):
            found[f"{name}.{inner}"] = _referring(schema, name)
    return found


def _referring(node: Any, name: str) -> Any:
    match node:
        case dict():
            members = cast("Json", node)
            return {
                key: f"#/components/schemas/{name}.{value.removeprefix('#/$defs/')}"
                if key == "$ref"
                else _referring(value, name)
                for key, value in members.items()
            }
        case list():
            return [_referring(item, name) for item in cast("list[Any]", node)]
        case _:
            return node


def _kind(name: str) -> str:
    return name.partition(".")[0]
