"""Whether a change of the schemas leaves every record that was ever written readable, and meaning the same.

Records are kept for ever, so the new schema must accept all that the old one accepted. Breaking: a type or a field
that is gone, a field with another type, a new required field, fewer values, another pattern, a tighter limit, another
default, a seal put on or taken off. Fine: a new type, a new optional field, more values, a wider limit, other words.
A keyword that this module does not know breaks when it changes.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

_WORDS = frozenset({"$schema", "$id", "$defs", "title", "description", "examples", "deprecated"})
_AT_LEAST = ("minimum", "minLength", "minItems")
_AT_MOST = ("maximum", "maxLength", "maxItems")
_COMPARED_BELOW = frozenset(
    {"properties", "required", "items", "anyOf", "enum", "const", "pattern", "default", "$ref", *_AT_LEAST, *_AT_MOST}
)
_ABSENT = object()


class Break(NamedTuple):
    """`where` is `case.CaseReceived.v1.materials[].kind`; `what` says in a few words what no longer holds."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def breaks(old: Mapping[str, Schema], new: Mapping[str, Schema], lifted: Collection[str] = ()) -> list[Break]:
    """What `new` breaks, schemas by name; empty when every old record stays readable.

    `lifted` names the old types that an upcaster lifts to a newer one: these may be gone.
    """
    found: list[Break] = []
    for name, schema in old.items():
        if name in new:
            found.extend(_breaks(name, _Node(schema, schema), _Node(new[name], new[name])))
        elif name not in lifted:
            found.append(Break(name, "the type is gone and no upcaster lifts it"))
    return found


class _Node(NamedTuple):
    """A schema inside a document; references are local to the document."""

    schema: Schema
    root: Schema

    def resolved(self) -> "_Node":
        match self.schema.get("$ref"):
            case str(ref):
                target = self.root["$defs"][ref.removeprefix("#/$defs/")]
                beside = {key: value for key, value in self.schema.items() if key != "$ref"}
                return _Node({**target, **beside}, self.root).resolved()
            case _:
                return self

    def at(self, schema: Schema) -> "_Node":
        return _Node(schema, self.root).resolved()

    def alternatives(self) -> list["_Node"]:
        return [self.at(choice) for choice in self.schema.get("anyOf", (self.schema,))]


def _breaks(where: str, old: _Node, new: _Node) -> Iterator[Break]:
    old, new = old.resolved(), new.resolved()
    was, now = old.schema.get("default", _ABSENT), new.schema.get("default", _ABSENT)
    if was is not _ABSENT and was != now:
        yield Break(where, "its default changed")
    choices = new.alternatives()
    for choice in old.alternatives():
        faults = [list(_narrowed(where, choice, candidate)) for candidate in choices]
        if all(faults):
            yield from min(faults, key=len)


def _narrowed(where: str, old: _Node, new: _Node) -> Iterator[Break]:
    was, now = old.schema, new.schema
    if was.get("type") != now.get("type"):
        yield Break(where, f"retyped from {_kind(was)} to {_kind(now)}")
        return
    for key in sorted((was.keys() | now.keys()) - _WORDS - _COMPARED_BELOW):
        if was.get(key) != now.get(key):
            yield Break(where, f"{key} changed")
    values, allowed = _values(was), _values(now)
    if allowed is not None and (values is None or any(value not in allowed for value in values)):
        yield Break(where, "takes fewer values")
    if values is None and "pattern" in now and was.get("pattern") != now["pattern"]:
        yield Break(where, "another pattern")
    for key in _AT_LEAST:
        if key in now and (key not in was or now[key] > was[key]):
            yield Break(where, f"{key} is tighter")
    for key in _AT_MOST:
        if key in now and (key not in was or now[key] < was[key]):
            yield Break(where, f"{key} is tighter")
    yield from _members(where, old, new)
    if "items" in now:
        yield from _breaks(f"{where}[]", old.at(was.get("items", {})), new.at(now["items"]))


def _members(where: str, old: _Node, new: _Node) -> Iterator[Break]:
    was: Mapping[str, Schema] = old.schema.get("properties", {})
    now: Mapping[str, Schema] = new.schema.get("properties", {})
    needed_before, needed = old.schema.get("required", ()), new.schema.get("required", ())
    for name, schema in was.items():
        if name not in now:
            yield Break(f"{where}.{name}", "the field is gone")
            continue
        yield from _breaks(f"{where}.{name}", old.at(schema), new.at(now[name]))
    for name in needed:
        if name not in needed_before:
            yield Break(f"{where}.{name}", "became required" if name in was else "a new field is required")


def _values(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _kind(schema: Schema) -> str:
    return str(schema.get("type", "anything"))
