"""`python -m tests.chaos --seed N --seconds S [--out FOLDER] [--brokers 1|3] [--json]`

The system works for S seconds while the faults of that seed come over it; then everything that was said is checked.
Ends with 0 when nothing is wrong, 1 when something is, 2 when the run itself went wrong. With something wrong the
folder keeps what is needed to see it, and the command to run it again. Needs root, iptables and libfaketime.
"""

import argparse
import json
import logging
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import NoReturn

import uvloop

from deploy.local import LocalError
from tests.chaos.namespace import enter, inside
from tests.chaos.outcome import Outcome
from tests.chaos.run import Broken, Run


def main(arguments: list[str]) -> int:
    asked = _arguments(arguments)
    if not inside():
        enter(["-m", "tests.chaos", *arguments])
    signal.signal(signal.SIGTERM, _leave)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    out = asked.out or Path(tempfile.mkdtemp(prefix=f"sanji-chaos-seed-{asked.seed}-"))
    if (out / "history.jsonl").exists():
        print(f"{out} holds another run. Name an empty folder by --out.", file=sys.stderr)
        return 2
    more = f" --brokers {asked.brokers}" if asked.brokers > 1 else ""
    again = f"python -m tests.chaos --seed {asked.seed} --seconds {asked.seconds:g}{more}"
    run = Run(asked.seed, asked.seconds, asked.brokers, again, lambda words: print(words, file=sys.stderr, flush=True))
    try:
        outcome = uvloop.run(run.in_folder(out.resolve()))
    except Exception as error:
        if not isinstance(error, (Broken, LocalError)):
            traceback.print_exc()
        print(f"The run went wrong: {error}\n{out}\n{again}", file=sys.stderr)
        return 2
    _print(outcome, None if asked.json else out, again)
    if not outcome.violations and asked.out is None:
        shutil.rmtree(out)
    return 1 if outcome.violations else 0


def _print(outcome: Outcome, out: Path | None, again: str) -> None:
    if out is not None:
        for kind, count in sorted(outcome.faults.items()):
            print(f"{kind:24} {count:6}")
        print(f"{'faults':24} {outcome.faults.total():6}   {len(outcome.missed)} more did not come about")
        for name, count in outcome.acts.items():
            print(f"{f'acts {name}':24} {count:6}")
        for name, seconds in outcome.seconds.items():
            print(f"{name:24} {seconds:6} s")
        print(f"{'violations':24} {len(outcome.violations):6}")
        for one in outcome.violations[:20]:
            print("  ", *(one[name] for name in ("invariant", "service", "stream", "detail") if one[name]))
        if outcome.violations:
            print(f"{out}\n{again}")
    found = {
        "seed": outcome.seed,
        "faults": dict(outcome.faults),
        "missed": outcome.missed,
        "acts": outcome.acts,
        "seconds": outcome.seconds,
        "violations": outcome.violations,
        "checked": outcome.checked,
    }
    print(json.dumps(found, ensure_ascii=False))


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description="Faults over a system at work.")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--seconds", type=float, default=200, metavar="S")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="kept whatever happens; else only for violations")
    parser.add_argument("--json", action="store_true", help="one JSON line alone")
    return parser.parse_args(arguments)


def _leave(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
