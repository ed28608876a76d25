"""`python -m deploy.cleanclone`: do what README.md says, in a fresh clone of HEAD with a fresh environment.

Every `make` command that README.md shows must be a target; `make demo` is run to its end. What is not committed
is not seen, so a forgotten file is found here.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEMO = ["make", "demo", "ARGS=--once --json"]
COUNTED = [
    "cases",
    "activities",
    "moves_up",
    "moves_down",
    "reached_city",
    "reached_district",
    "stayed",
    "closed",
    "open",
    "chains_checked",
    "seconds",
]
ZERO = ["chains_bad", "views_bad", "parked", "dead", "quarantined"]


def commands(readme: str) -> list[str]:
    """The make targets in the code blocks of README.md, each once, in order."""
    blocks = re.findall(r"^```(?:sh|shell|bash|console)?\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    return list(dict.fromkeys(re.findall(r"^\s*(?:\$ )?make ([a-z]+)", "\n".join(blocks), re.MULTILINE)))


def faults(last: str) -> list[str]:
    """What is wrong with the demonstration's totals, which are the last line of its output."""
    try:
        totals = json.loads(last)
    except ValueError:
        return [f"the last line is not JSON: {last[:200]!r}"]
    if not isinstance(totals, dict):
        return [f"the last line is not an object: {last[:200]!r}"]
    missing = [f"{name} is missing" for name in (*COUNTED, *ZERO) if name not in totals]
    none = [f"{name} is 0" for name in ("cases", "chains_checked") if totals.get(name) == 0]
    return missing + none + [f"{name} is {totals[name]}, not 0" for name in ZERO if totals.get(name, 0) != 0]


def main() -> int:
    """0 when a stranger's first minutes go well, else 1 with what did not."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR")
    net = ("PIP_", "UV_", "SSL_", "REQUESTS_", "CURL_", "NODE_", "HTTP", "http", "NO_PROXY", "no_proxy", "npm_", "XDG_")
    env = {name: value for name, value in os.environ.items() if name in kept or name.startswith(net)}
    with tempfile.TemporaryDirectory(prefix="sanji-clone-", ignore_cleanup_errors=True) as temporary:
        # PostgreSQL runs as another user where this runs as root, and has to pass through
        Path(temporary).chmod(0o755)
        clone = Path(temporary) / "sanji"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(clone)], check=True)
        shown = commands((clone / "README.md").read_text()) if (clone / "README.md").exists() else []
        if "demo" not in shown:
            return _refuse("README.md does not show `make demo`.")
        for target in shown:
            if subprocess.run(["make", "-n", target], cwd=clone, env=env, stdout=subprocess.DEVNULL).returncode:
                return _refuse(f"README.md shows `make {target}`, which there is not.")
        done = subprocess.run(DEMO, cwd=clone, env=env, stdout=subprocess.PIPE, text=True)
        print(done.stdout, end="")
        if done.returncode:
            return _refuse(f"`{' '.join(DEMO)}` ended with {done.returncode}.")
        wrong = faults(done.stdout.rstrip().rpartition("\n")[2])
        return _refuse("; ".join(wrong)) if wrong else 0


def _refuse(why: str) -> int:
    print(f"The clean clone does not do what README.md says: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
