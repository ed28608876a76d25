"""Keys that come by inbox: opened with the unit's sealing key, tried on the chain, kept in the vault (protocol H4)."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from contracts.catalogue import EVENTS, event_of
from contracts.envelope import read
from contracts.inbox import AnyMessage, Handover, Key, OwnKey
from services.runtime import base64url
from services.runtime.keys import UnitKeys
from services.runtime.sealed_events import has_sealed, open_event, sealed_fields
from services.runtime.sealing import CASE_KEY_BYTES, CannotOpen, Secret, open_for_unit
from services.runtime.statements import statement
from services.runtime.vault import Held, Vault, Wrapped

if TYPE_CHECKING:
    from services.runtime.companion import Connected

SEALED_TYPES = [name for name, model in EVENTS.items() if sealed_fields(model)]


class Letters:
    """For a tier. Implements `Messages` of the replica."""

    def __init__(self, vault: Vault, units: Mapping[str, UnitKeys]) -> None:
        self._vault = vault
        self._units = units

    async def keep(self, connection: "Connected", messages: Sequence[AnyMessage]) -> dict[int, str]:
        """Keys of handovers are kept though every event was known before; what the vault had sent to itself, beside.

        Refused: `cannot_open` (not sealed for this unit and case), `opens_nothing` (not the key of this chain),
        `not_for_a_tier` (a TrackingKey). A handover without a key is fine: the key is asked for.
        """
        refused: dict[int, str] = {}
        keys: dict[int, Held] = {}
        own: list[Wrapped] = []
        for at, message in enumerate(messages):
            try:
                match message:
                    case Handover(sealed_key=str(sealed)) | Key(sealed_key=sealed):
                        keys[at] = self._opened(message, sealed)
                    case OwnKey(wrapped_key=key, wrapped_code=code):
                        kept = Wrapped(message.case, message.to, base64url.decode(key), base64url.decode(code))
                        self._vault.check(kept)
                        own.append(kept)
                    case Handover():
                        pass
                    case _:
                        refused[at] = "not_for_a_tier"
            except (CannotOpen, ValueError):
                refused[at] = "cannot_open"
        records = await self._sealed_records(connection, {held.stream for held in keys.values()})
        for at, held in keys.items():
            if at not in refused and not _opens(held, records.get(held.stream, ())):
                refused[at] = "opens_nothing"
        await self._vault.put_many(connection, [held for at, held in keys.items() if at not in refused])
        await self._vault.put_own(connection, own)
        return refused

    def _opened(self, message: Handover | Key, sealed: str) -> Held:
        private = self._units[message.to].sealing
        secret = open_for_unit(base64url.decode(sealed), private, message.to, message.case, Secret.CASE_KEY)
        if len(secret) != CASE_KEY_BYTES:
            raise CannotOpen(f"the case key of {message.case} has {len(secret)} bytes")
        return Held(message.case, message.to, secret)

    async def _sealed_records(self, connection: "Connected", streams: set[str]) -> dict[str, list[bytes]]:
        if not streams:
            return {}
        found: dict[str, list[bytes]] = {}
        for row in await connection.fetch(statement("replica/sealed"), list(streams), SEALED_TYPES):
            found.setdefault(row["stream"], []).append(row["value"])
        return found


def _opens(held: Held, records: Sequence[bytes]) -> bool:
    """Whether the key opens the first event of the chain that has something sealed; true when there is none here."""
    for value in records:
        envelope = read(value)
        event = event_of(envelope.type, envelope.data)
        if has_sealed(event):
            try:
                open_event(event, held.secret, envelope.subject, envelope.seq)
            except CannotOpen:
                return False
            return True
    return True
