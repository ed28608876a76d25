"""The vault: case keys, query codes and the blind index of the units that a service hosts.

Nothing opened is kept in memory: a case that is forgotten is unreadable at once in every process.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from services.runtime.blind_index import blind
from services.runtime.companion import Companion
from services.runtime.keys import UnitKeys
from services.runtime.sealing import Secret, unwrap, wrap
from services.runtime.statements import statement
from services.runtime.tracking import Cost, TrackingParts

if TYPE_CHECKING:
    from services.runtime.companion import Connected, Database


class Held(NamedTuple):
    """A secret of one case in the vault of one unit: the case key, or the query code in UTF-8."""

    stream: str
    unit: str
    secret: bytes


class Wrapped(NamedTuple):
    """What the vault of one unit keeps of a case received there, as it lies in the tables, under the wrapping key."""

    stream: str
    unit: str
    key: bytes
    code: bytes


class Vault:
    """Of one service. `units` are the keys of the units hosted here, by unit; `KeyError` for any other unit."""

    def __init__(self, units: Mapping[str, UnitKeys]) -> None:
        self._units = units

    def receive(self, case: Held, code: str, document_number: str | None) -> Companion:
        """Case key, query code and blind index, to be committed with the case's first event."""
        stream, unit, case_key = case
        keys = self._units[unit]
        return Companion(
            statement("vault/receive"),
            (
                stream,
                unit,
                wrap(case_key, keys.wrapping, unit, stream, Secret.CASE_KEY),
                wrap(code.encode(), keys.wrapping, unit, stream, Secret.QUERY_CODE),
                blind(keys, document_number) if document_number is not None else None,
            ),
        )

    async def put_many(self, db: "Database", held: Iterable[Held]) -> None:
        """Keep case keys that were handed over or asked for (protocol H4).

        A key that is there already stays, and none is kept of a forgotten case. Anybody who may write to an inbox may
        send a key: let it open an event of the chain before it is kept.
        """
        await self._put(db, "vault/put", held, Secret.CASE_KEY)

    async def own(self, db: "Database", streams: Sequence[str]) -> dict[str, Wrapped]:
        """What is kept of these cases, by stream, of those that were received here."""
        rows = await db.fetch(statement("vault/own"), streams, list(self._units))
        return {row["stream"]: Wrapped(*row) for row in rows}

    def check(self, kept: Wrapped) -> None:
        """Raises `CannotOpen` for what was not wrapped by this unit for this case."""
        self._unwrapped(kept.unit, kept.stream, kept.key)
        self._code(kept.unit, kept.stream, kept.code)

    async def put_own(self, db: "Database", kept: Iterable[Wrapped]) -> None:
        """Keep again what a restored database reads back from its units' own inboxes; what is there stays. Checked
        before: nobody without the wrapping key makes such a thing."""
        rows = sorted(kept)  # in one order, so that two writers cannot block each other
        if rows:
            await db.execute(statement("vault/put_own"), *map(list, zip(*rows, strict=True)))

    async def get_many(self, db: "Database", streams: Sequence[str]) -> dict[str, bytes]:
        """The case keys that any hosted unit has, by stream. Raises `CannotOpen` for a changed row or key file."""
        rows = await db.fetch(statement("vault/get"), streams, list(self._units))
        return {row["stream"]: self._unwrapped(row["unit"], row["stream"], row["wrapped"]) for row in rows}

    async def codes(self, db: "Database", streams: Sequence[str]) -> dict[str, str]:
        """The query codes of cases received here, by stream: a repeated receipt answers with the first code."""
        rows = await db.fetch(statement("vault/codes"), streams, list(self._units))
        return {row["stream"]: self._code(row["unit"], row["stream"], row["code"]) for row in rows}

    async def find_by_blind(self, db: "Database", unit: str, document_number: str) -> list[str]:
        """The cases that `unit` received from the bearer of this document, by number."""
        rows = await db.fetch(statement("vault/find_blind"), unit, blind(self._units[unit], document_number))
        return [row["stream"] for row in rows]

    async def forget(self, connection: "Connected", streams: Sequence[str]) -> None:
        """Delete what opens these cases, for good: crypto-shredding. The events stay and their hashes verify.

        Once in every vault that has the key, in a transaction that appends nothing: receipts wait for it. Dead rows
        go with the next VACUUM, backups and write-ahead log with their retention; until then the unit's key file
        still guards them.
        """
        async with connection.transaction():
            await connection.execute(statement("vault/forget_lock"))
            await connection.execute(statement("vault/forget"), streams)

    async def put_tracking(self, db: "Database", made: Mapping[str, TrackingParts]) -> None:
        """Keep what was made, by stream; what was made before stays, because the portal may have it."""
        await db.execute(
            statement("vault/made"),
            list(made),
            [parts.cost.memory_kib for parts in made.values()],
            [parts.cost.passes for parts in made.values()],
            [parts.cost.lanes for parts in made.values()],
            [parts.salt for parts in made.values()],
            [parts.verifier for parts in made.values()],
            [parts.wrapped_key for parts in made.values()],
        )

    async def tracking(self, db: "Database", streams: Sequence[str]) -> dict[str, TrackingParts]:
        """What the portal gets, by stream, the same each time; absent until it is made."""
        rows = await db.fetch(statement("vault/tracking"), streams)
        return {
            row["stream"]: TrackingParts(
                Cost(row["memory_kib"], row["passes"], row["lanes"]), row["salt"], row["verifier"], row["wrapped"]
            )
            for row in rows
        }

    async def _put(self, db: "Database", name: str, held: Iterable[Held], what: Secret) -> None:
        rows = [
            (stream, unit, wrap(secret, self._units[unit].wrapping, unit, stream, what))
            for stream, unit, secret in sorted(held)  # in one order, so that two writers cannot block each other
        ]
        if rows:
            await db.execute(statement(name), *map(list, zip(*rows, strict=True)))

    def _unwrapped(self, unit: str, stream: str, wrapped: bytes) -> bytes:
        return unwrap(wrapped, self._units[unit].wrapping, unit, stream, Secret.CASE_KEY)

    def _code(self, unit: str, stream: str, wrapped: bytes) -> str:
        return unwrap(wrapped, self._units[unit].wrapping, unit, stream, Secret.QUERY_CODE).decode()
