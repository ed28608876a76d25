"""Which code a run is of."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
ANSWERS_WITHIN = 30.0


def code() -> str:
    """The commit, and how the files differ from it; a sentence where there is no repository, as in a mutant's copy."""
    commit = _git("rev-parse", "HEAD")
    return "no repository\n" if commit is None else commit + (_git("diff", "HEAD") or "")


def _git(*words: str) -> str | None:
    said = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, timeout=ANSWERS_WITHIN, check=False)
    return None if said.returncode else said.stdout.decode(errors="replace")
