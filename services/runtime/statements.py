"""SQL is SQL: one statement a file under `sql/`, named for what it does."""

from collections.abc import Callable
from functools import cache
from pathlib import Path


def statements(beside: str) -> Callable[[str], str]:
    """A reader of the `sql/` folder beside this file: name to text."""
    folder = Path(beside).parent / "sql"

    @cache
    def read(name: str) -> str:
        return (folder / f"{name}.sql").read_text(encoding="utf-8")

    return read


statement = statements(__file__)
"""The runtime's own: the text of `sql/<name>.sql`."""
