"""`faults.jsonl`: what was done to the system, and what it did itself."""

import json
import time
from pathlib import Path


class Journal:
    """`faults.jsonl`: what was done to the system, and what it did itself, a JSON object a line. `t`: seconds since it
    began."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)
        self.begin()

    def begin(self) -> None:
        """Its clock counts from now."""
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def note(self, what: str, **facts: object) -> None:
        self._file.write(json.dumps({"t": round(self.seconds, 3), "what": what, **facts}, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()
