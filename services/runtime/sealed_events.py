"""Sealing an event's `Sealed` fields when the record is built, and opening them when a person reads.

An event is sealed for one `seq`: after a lost compare-and-set the same unsealed event is sealed again. The
field's path is part of the seal, so a sealed field keeps its name over all versions of its event.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast, get_args

from pydantic import BaseModel

from contracts.events import Event
from contracts.fields import Ciphertext, Plain
from services.runtime.sealing import open_field, seal_field

E = TypeVar("E", bound=Event)
Turn = Callable[[str, str], str]
"""A field's text and path, `materials.0.note`, to the text that takes its place."""


class AlreadySealed(Exception):
    """A new event carries a ciphertext. It was sealed for another place and would never open here."""


class NotSealed(Exception):
    """A stored event carries plain text, which no record can."""


def seal_event(event: E, key: bytes, stream: str, seq: int) -> E:
    """`event` with each `Plain` sealed under the case's `key` for this stream and seq; the same object if it has none.

    Raises `AlreadySealed`: what is taken over from an earlier event must be opened first.
    """

    def seal(text: str, field: str) -> str:
        if isinstance(text, Ciphertext):
            raise AlreadySealed(f"{type(event).__name__}.{field} of {stream}:{seq}")
        return seal_field(text, key, stream, seq, field)

    return _turned(event, "", seal)


def open_event(event: E, key: bytes, stream: str, seq: int) -> E:
    """`event` with each `Ciphertext` as `Plain` again. Raises `CannotOpen`, `NotSealed`."""

    def unseal(text: str, field: str) -> str:
        if not isinstance(text, Ciphertext):
            raise NotSealed(f"{type(event).__name__}.{field} of {stream}:{seq}")
        return open_field(text, key, stream, seq, field)

    return _turned(event, "", unseal)


def opened_fields(event: Event, key: bytes, stream: str, seq: int) -> dict[str, str]:
    """Each sealed text of a stored event by its field's path. Raises `CannotOpen`, `NotSealed`."""
    found: dict[str, str] = {}

    def note(text: str, field: str) -> str:
        found[field] = str(text)
        return text

    _turned(open_event(event, key, stream, seq), "", note)
    return found


def has_sealed(event: Event) -> bool:
    """Whether this event needs the case's key to be written or read in full."""
    found: list[str] = []

    def look(text: str, field: str) -> str:
        found.append(field)
        return text

    _turned(event, "", look)
    return bool(found)


M = TypeVar("M", bound=BaseModel)


def _turned(model: M, prefix: str, turn: Turn) -> M:
    fields = sealed_fields(type(model))
    if not fields:
        return model
    changed: dict[str, object] = {}
    for name in fields:
        value = getattr(model, name)
        turned = _value(value, prefix + name, turn)
        if turned is not value:
            changed[name] = turned
    return model.model_copy(update=changed) if changed else model


def _value(value: object, path: str, turn: Turn) -> object:
    match value:
        case Plain() | Ciphertext():
            return turn(value, path)
        case BaseModel():
            return _turned(value, path + ".", turn)
        case tuple():
            items = cast(tuple[object, ...], value)
            turned = tuple(_value(item, f"{path}.{index}", turn) for index, item in enumerate(items))
            return turned if any(new is not old for new, old in zip(turned, items, strict=True)) else items
        case _:
            return value


@cache
def sealed_fields(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of `model` in which sealed text may stand, at any depth. Most events have none, so it is kept."""
    return tuple(name for name, field in model.model_fields.items() if _may_hold(field.annotation, frozenset({model})))


def _may_hold(annotation: Any, within: frozenset[type[BaseModel]]) -> bool:
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, Plain | Ciphertext):
            return True
        if issubclass(annotation, BaseModel):
            inner = within | {annotation}
            return annotation in within or any(
                _may_hold(field.annotation, inner) for field in annotation.model_fields.values()
            )
        return False
    return any(_may_hold(part, within) for part in get_args(annotation))
