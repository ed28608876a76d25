"""What is sent to inboxes for a stream, read from the live branches of the log at this moment. Protocol H1, H3, H4, R3.

Each function answers by stream: letters to send now and again, none when there is nothing to be sent any more, letters
to send Once, or Later.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import structlog
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from contracts.envelope import stored_data
from contracts.inbox import Handover, Key, OwnKey, SendKey, write
from services.runtime import base64url
from services.runtime.arrivals import ASSUMED
from services.runtime.asking import Asked, ask_again
from services.runtime.branch import Link, Tree
from services.runtime.custody import is_case
from services.runtime.handing import (
    Told,
    asked_elsewhere,
    ever_consulted,
    may_have_key,
    may_send,
    pass_to_send,
    whom_to_ask_for_key,
)
from services.runtime.host import Host
from services.runtime.sealing import CannotOpen, Secret, seal_for_unit
from services.runtime.statements import statement
from services.runtime.vault import Vault, Wrapped

if TYPE_CHECKING:
    from asyncpg import Record

    from services.runtime.companion import Database

PublicKey = Callable[[str], X25519PublicKey | None]
"""The sealing key of a unit, from the reference data; None while it is not known here."""
log = structlog.get_logger(__name__)
UNACKNOWLEDGED = 1.0
NOT_HERE = 30.0
"""Seconds after which it is looked at again."""


class Letter(NamedTuple):
    """`record` for the inbox of `unit`."""

    unit: str
    record: bytes


class Later(NamedTuple):
    seconds: float


class Once(NamedTuple):
    """To be sent until all are acknowledged, and not again."""

    letters: Sequence[Letter]


Letters = Sequence[Letter] | Once | Later


def to_send(letters: Letters) -> Sequence[Letter]:
    """Those of them that go now."""
    match letters:
        case Later():
            return ()
        case Once(found):
            return found
        case found:
            return found


@dataclass(slots=True)
class _Chain:
    """`tree` has the live branch only; `records`, `positions` and `types` are its, by number."""

    tree: Tree
    records: list[bytes]
    positions: list[int]
    types: list[str]

    def told(self) -> Iterator[Told]:
        return zip(self.tree.live, self.types, map(stored_data, self.records), strict=True)


class Parcels:
    """`acknowledged` gives the position up to which `cluster` has acknowledged; `vault` None where nothing is sealed:
    the portal's own streams."""

    def __init__(self, db: "Database", host: Host, vault: Vault | None, public_key: PublicKey) -> None:
        self._db = db
        self._host = host
        self._vault = vault
        self._public_key = public_key
        self.acknowledged: Callable[[], int] = lambda: 0
        self.cluster = ""

    async def passes(self, streams: Sequence[str]) -> Mapping[str, Letters]:
        """The whole chain, one record an event, then the handover with the case key sealed for the new holder."""
        found = await self._chains(streams)
        keys = await self._keys(streams)
        return {stream: self._handover(found.get(stream), keys.get(stream)) for stream in streams}

    def _handover(self, chain: _Chain | None, key: bytes | None) -> Letters:
        last = pass_to_send(chain.tree, self._host.own) if chain else None
        if chain is None or last is None:
            return ()
        if not self._may_send(chain.positions[-1]):
            return Later(UNACKNOWLEDGED)
        return self._whole(chain, key, last.unit, last.holder)

    def _whole(self, chain: _Chain, key: bytes | None, by: str, to: str) -> list[Letter]:
        head = chain.tree.live[-1]
        handover = Handover(
            source=by,
            case=head.stream,
            to=to,
            head=head.hash.hex(),
            epoch=head.epoch,
            sealed_key=self._sealed(key, to, head.stream, Secret.CASE_KEY),
        )
        return [Letter(to, record) for record in (*chain.records, write(handover))]

    async def consultations(self, streams: Sequence[str]) -> Mapping[str, Letters]:
        """The chain with the case's key to each unit of another service that is asked about it, until it answers."""
        found = await self._chains(streams)
        keys = await self._keys(streams)
        return {stream: self._asked(found.get(stream), keys.get(stream)) for stream in streams}

    def _asked(self, chain: _Chain | None, key: bytes | None) -> Letters:
        if chain is None:
            return ()
        asked = asked_elsewhere(chain.told(), self._host.own)
        if asked and not self._may_send(chain.positions[-1]):
            return Later(UNACKNOWLEDGED)
        return [letter for to, by in asked.items() for letter in self._whole(chain, key, by, to)]

    async def requests(self, streams: Sequence[str]) -> Mapping[str, Letters]:
        """Each request's record to the holder, as seen now, of the stream that it is asked of, until the live chain of
        that has its id. A holder of anything but the case need not have the case's key: it is sent before."""
        asked = {row["stream"]: row["asked"] for row in await self._db.fetch(statement("relay/asked"), streams)}
        found = await self._chains([*streams, *set(asked.values())])
        beside = [stream for stream, of in asked.items() if not is_case(of) and stream in found]
        cases = {stream: stored_data(found[stream].records[0])["case"] for stream in beside}
        keys = await self._keys(list(set(cases.values())))
        return {
            stream: self._request(found.get(stream), found.get(asked.get(stream, "")), keys.get(cases.get(stream, "")))
            for stream in streams
        }

    def _request(self, request: _Chain | None, asked_of: _Chain | None, key: bytes | None) -> Letters:
        if request is None or request.tree.head is None:
            return ()
        if not self._may_send(request.positions[-1]):
            return Later(UNACKNOWLEDGED)
        if asked_of is None:
            return Later(NOT_HERE)
        first = request.tree.live[0]
        data = stored_data(request.records[0])
        asked = Asked(first.stream.partition("/")[2], data["case"], first.unit, data["epoch"], data["term"])
        answered = {stored_data(record).get("request") for record in asked_of.records}
        to = ask_again(asked, asked_of.tree.head, answered)
        if to is None:
            return ()
        sealed = self._sealed(key, to, asked.case, Secret.CASE_KEY)
        brings = [write(Key(source=first.unit, case=asked.case, to=to, sealed_key=sealed))] if sealed else []
        return [Letter(to, record) for record in (*brings, request.records[0])]

    async def orders(self, streams: Sequence[str]) -> Mapping[str, Letters]:
        """A supervision order to the unit that its first event names, until it is answered; then once with the answer,
        because a restored copy may have passed over that in the feed before the order came."""
        found = await self._chains(streams)
        return {stream: self._order(found.get(stream)) for stream in streams}

    def _order(self, order: _Chain | None) -> Letters:
        if order is None:
            return ()
        to = stored_data(order.records[0])["to"]
        if to in self._host.own:
            return ()
        if not self._may_send(order.positions[-1]):
            return Later(UNACKNOWLEDGED)
        letters = [Letter(to, record) for record in order.records]
        return letters if len(letters) == 1 else Once(letters)

    async def missing_keys(self, streams: Sequence[str]) -> Mapping[str, Letters]:
        """Whoever had the key is asked for that of a case which a unit here holds without it."""
        found = await self._chains(streams)
        units = {row["stream"]: row["units"] for row in await self._db.fetch(statement("relay/keys_of"), streams)}
        fences = {row["stream"]: row["epoch"] for row in await self._db.fetch(statement("replica/fences"), streams)}
        answers: dict[str, Letters] = {}
        for stream in streams:
            chain = found.get(stream)
            answers[stream] = ()
            if chain is None:
                continue
            chain.tree.fenced = fences.get(stream, 0)
            consulted = ever_consulted(chain.told())
            wanted = whom_to_ask_for_key(chain.tree, self._host.own, units.get(stream, ()), consulted)
            if wanted is None:
                continue
            if not self._may_send(chain.positions[-1]):
                answers[stream] = Later(UNACKNOWLEDGED)
                continue
            unit, earlier = wanted
            answers[stream] = [Letter(to, write(SendKey(source=unit, case=stream, to=to))) for to in earlier]
        return answers

    async def own_keys(self, streams: Sequence[str]) -> Mapping[str, Letters]:
        """Case key and query code for the inbox of the unit that received the case, as its vault has them: nothing is
        opened or sealed for it. A restored vault reads them."""
        kept = await self._vault.own(self._db, streams) if self._vault is not None else {}
        return {stream: Once([_own_key(kept[stream])]) if stream in kept else () for stream in streams}

    async def wanted_keys(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[str, Letter]]:
        """(stream, letter) for each (stream, asking unit) that this copy sees holding the case."""
        streams = [stream for stream, _ in wanted]
        keys = await self._keys(streams)
        rows = await self._db.fetch(statement("relay/chains"), [s for s in set(streams) if s in keys])
        found = _by_stream(rows)
        letters: list[tuple[str, Letter]] = []
        for stream, unit in wanted:
            chain = found.get(stream)
            if chain is None or not may_have_key(chain.tree, unit) or not self._may_send(chain.positions[-1]):
                continue
            source = next((link.unit for link in reversed(chain.tree.live) if link.unit in self._host.own), None)
            sealed = self._sealed(keys.get(stream), unit, stream, Secret.CASE_KEY)
            if sealed is not None and source is not None:
                letters.append(
                    (stream, Letter(unit, write(Key(source=source, case=stream, to=unit, sealed_key=sealed))))
                )
        return letters

    def _may_send(self, pos: int) -> bool:
        return may_send(pos, self.acknowledged(), self.cluster, self.cluster)

    def _sealed(self, secret: bytes | None, unit: str, stream: str, what: Secret) -> str | None:
        public = self._public_key(unit) if secret is not None else None
        if secret is None or public is None:
            return None
        return base64url.encode(seal_for_unit(secret, public, unit, stream, what))

    async def _keys(self, streams: Sequence[str]) -> dict[str, bytes]:
        """One key that does not open (a changed row, another key file) must not hold back the others."""
        if self._vault is None or not streams:
            return {}
        try:
            return await self._vault.get_many(self._db, streams)
        except CannotOpen as error:
            if len(streams) == 1:
                log.error("case_key_cannot_be_opened", case=streams[0], error=str(error))
                return {}
        half = len(streams) // 2
        return await self._keys(streams[:half]) | await self._keys(streams[half:])

    async def _chains(self, streams: Sequence[str]) -> dict[str, _Chain]:
        return _by_stream(await self._db.fetch(statement("relay/chains"), streams))


def _own_key(kept: Wrapped) -> Letter:
    stream, unit, key, code = kept
    message = OwnKey(
        source=unit, case=stream, to=unit, wrapped_key=base64url.encode(key), wrapped_code=base64url.encode(code)
    )
    return Letter(unit, write(message))


def _by_stream(rows: "Sequence[Record]") -> dict[str, _Chain]:
    links: dict[str, list[Link]] = {}
    records: dict[str, list[bytes]] = {}
    positions: dict[str, list[int]] = {}
    types: dict[str, list[str]] = {}
    for stream, pos, seq, epoch, term, unit, holder, kind, hash_, prev, value in rows:
        link = Link(stream, seq, epoch, term, unit, holder, hash_, prev, kind.startswith(ASSUMED))
        links.setdefault(stream, []).append(link)
        records.setdefault(stream, []).append(value)
        positions.setdefault(stream, []).append(pos)
        types.setdefault(stream, []).append(kind)
    return {s: _Chain(Tree(s, live=links[s]), records[s], positions[s], types[s]) for s in links}
