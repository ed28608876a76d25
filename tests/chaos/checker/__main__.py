"""`python -m tests.chaos.checker EVIDENCE.json`: prints what does not hold, then one JSON line; exits 1 for any."""

import asyncio
import json
import sys
from pathlib import Path

from tests.chaos.checker.check import report
from tests.chaos.checker.evidence import read


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    found = asyncio.run(report(read(Path(arguments[0]))))
    for violation in found.violations:
        print(violation)
    print(json.dumps(found.as_json(), ensure_ascii=False))
    return 1 if found.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
