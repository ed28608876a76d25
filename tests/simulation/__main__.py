"""`python -m tests.simulation --seeds N [--from S] [--without RULE] [--world NAME] [--json]`

Prints how many schedules went wrong, by world, and the story of the first one, shrunk. Ends with 1 when any did.
"""

import argparse
import json
import sys
import time
from collections import Counter

from tests.simulation.law import PLANTED
from tests.simulation.rules import RULES
from tests.simulation.run import WORLDS, Outcome, run, shrunk, steps_of, world_of


def main() -> int:
    asked = _arguments()
    without = frozenset(asked.without)
    begun, told = time.monotonic(), 0.0
    tried: Counter[str] = Counter()
    bad: dict[int, tuple[str, str]] = {}
    steps = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        name = asked.world or world_of(seed)
        outcome = run(steps_of(seed, name), without)
        tried[name] += 1
        steps += outcome.steps
        if outcome.wrong:
            bad[seed] = (name, outcome.wrong)
        if time.monotonic() - told > 2 and sys.stderr.isatty():
            told = time.monotonic()
            print(f"\r{tried.total()} of {asked.seeds} schedules, {len(bad)} bad", end="", file=sys.stderr, flush=True)
    seconds = round(time.monotonic() - begun, 1)
    story = _first_story(bad, without)
    if asked.json:
        found = {
            "schedules": asked.seeds,
            "from": asked.first,
            "without": sorted(without),
            "steps": steps,
            "seconds": seconds,
            "worlds": {name: [_bad_in(bad, name), tried[name]] for name in tried},
            "bad": {seed: wrong for seed, (_, wrong) in bad.items()},
            "story": story.story if story else None,
        }
        print(json.dumps(found, ensure_ascii=False))
    else:
        for name in tried:
            print(f"{name:24} {_bad_in(bad, name):6} bad of {tried[name]}")
        print(f"{'together':24} {len(bad):6} bad of {asked.seeds}, {steps} steps, {seconds} s")
        if story:
            print(f"\nseed {next(iter(bad))}, shrunk:", *story.story, f"wrong: {story.wrong}", sep="\n  ")
    return 1 if bad else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description="The protocol without I/O.")
    parser.add_argument("--seeds", type=int, default=1200, metavar="N")
    parser.add_argument("--from", type=int, default=0, metavar="S", dest="first")
    left_out = [*RULES, *PLANTED]
    said = "a rule left out or a mistake planted: " + ", ".join(left_out)
    parser.add_argument("--without", choices=left_out, action="append", default=[], metavar="RULE", help=said)
    parser.add_argument("--world", choices=WORLDS, metavar="NAME", help=", ".join(WORLDS))
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _bad_in(bad: dict[int, tuple[str, str]], world: str) -> int:
    return sum(name == world for name, _ in bad.values())


def _first_story(bad: dict[int, tuple[str, str]], without: frozenset[str]) -> Outcome | None:
    for seed, (name, wrong) in bad.items():
        return shrunk(steps_of(seed, name), wrong, without)
    return None


if __name__ == "__main__":
    sys.exit(main())
