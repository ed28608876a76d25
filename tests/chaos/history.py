"""Every call of the load and what came of it, on disk before anything else happens with it.

`history.jsonl`, a JSON object a line. First the call, then exactly one answer with its id:

- `{"id", "t", "what": "call", "who", "unit", "service", "method", "path", "key", "body"}`; `key` and `body` of acts
  only. An act of a batch (`POST /acts`) stands as if it had been sent alone; all but the first carry `batch`, the id
  of the first. A query code is left out of the body: it opens a case.
- `{"id", "t", "what": "ok", "status", "answer"}`, `{"id", "t", "what": "failed", "status", "answer"}` with the code of
  the problem, or `{"id", "t", "what": "unknown", "why"}`: nobody can say whether it was done.

A call that is sent again is another call with the same key. `failed` says that this call did nothing; an earlier one of
the same key whose answer is unknown may still be done after it. `t`: seconds since the history began, of a clock that
nobody sets. Answers are shortened (`tests.chaos.load.kept`).
"""

import time
from collections import Counter
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import orjson


class History:
    """Raises FileExistsError when there is a history at `path`. `outcomes` counts calls by kind (`kind`) and outcome,
    `acts` acknowledged keys by kind, whatever number of times they were sent."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb", buffering=0)
        self._began = time.monotonic()
        self._ids = count(1)
        self._open: dict[int, str] = {}
        self.outcomes: Counter[tuple[str, str]] = Counter()
        self.acts: Counter[str] = Counter()
        self.last = 0.0
        """`t` of the last line."""

    def call(self, who: str, unit: str, service: str, method: str, path: str, **said: Any) -> int:
        """About to be sent; its id. `said`: `key`, `body`, `batch`, as far as there are any."""
        id_ = next(self._ids)
        self._open[id_] = kind(method, path)
        call = {"who": who, "unit": unit, "service": service, "method": method, "path": path}
        self._write(id_, "call", {**call, **{name: value for name, value in said.items() if value is not None}})
        return id_

    def ok(self, id_: int, status: int, answer: Mapping[str, Any]) -> None:
        self._answered(id_, "ok", {"status": status, "answer": answer})

    def failed(self, id_: int, status: int, answer: Mapping[str, Any]) -> None:
        self._answered(id_, "failed", {"status": status, "answer": answer})

    def unknown(self, id_: int, why: str) -> None:
        self._answered(id_, "unknown", {"why": why})

    def close(self) -> None:
        """What has no answer by now has none."""
        for id_ in list(self._open):
            self.unknown(id_, "Closed")
        self._file.close()

    def _answered(self, id_: int, what: str, more: Mapping[str, Any]) -> None:
        self.outcomes[self._open.pop(id_), what] += 1
        self._write(id_, what, more)

    def _write(self, id_: int, what: str, more: Mapping[str, Any]) -> None:
        self.last = round(time.monotonic() - self._began, 6)
        said = {"id": id_, "t": self.last, "what": what, **more}
        self._file.write(orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))


def kind(method: str, path: str) -> str:
    """`receive`, `refer`, `track/urge`; of what only reads the last word of its path, as `GET case`, `GET inbox`."""
    words = path.partition("?")[0].removeprefix("/api/v1/").split("/")
    if words[0] == "track":
        return "/".join(words) if len(words) > 1 else "GET track"
    match words:
        case ["cases"]:
            return "receive"
        case ["cases", _]:
            return "GET case"
        case [*_, last]:
            return last if method == "POST" else f"GET {last}"
        case _:
            raise ValueError(path)
