"""The chains of which something does not hold, as they lie in every database, for whoever looks at a run later."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import asyncpg

from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.violations import Violation

LOG = "select *, pos::text as place from log where stream = any ($1::text[])"
ASIDE = "select *, '' as place from {} where stream = any ($1::text[]) order by stream, seq"
PLACES = {
    "live": f"{LOG} and live order by stream, seq",
    "superseded": f"{LOG} and not live order by stream, pos",
    **{table: ASIDE.format(table) for table in ("parked", "staged", "quarantined")},
}
SAID = ("stream", "seq", "epoch", "term", "unit", "holder", "topic", "place")
MOST = 200
"""Streams."""


async def keep(evidence: Evidence, violations: Iterable[Violation], folder: Path) -> None:
    """`violations.jsonl`, and `chains/<service>.jsonl`: a line a row with where it lies, hash, columns and record.
    The folder is there."""
    told = list(violations)
    streams = list(dict.fromkeys(v.stream for v in told if v.stream))[:MOST]
    _write(folder / "violations.jsonl", (asdict(v) | {"said": str(v)} for v in told))
    for service, dsn in evidence.databases.items():
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(dsn)
        try:
            rows = [(kind, row) for kind, sql in PLACES.items() for row in await connection.fetch(sql, streams)]
        finally:
            await connection.close()
        _write(folder / "chains" / f"{service}.jsonl", (_row(kind, row) for kind, row in rows))


def _row(kind: str, row: asyncpg.Record) -> dict[str, Any]:
    said = {"kind": kind, "hash": row["hash"].hex(), "kept": str(row["kept"]), **{name: row[name] for name in SAID}}
    return said | {"record": row["value"].decode(errors="replace")}


def _write(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines))
