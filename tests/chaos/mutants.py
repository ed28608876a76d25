"""Planted bugs, each a patch in `mutants/`: does a chaos run find it? `python -m tests.chaos.mutants [NAME…]`

Each is applied to a copy of the tree, so that the product holds no switch for it; the run of that copy has to end with
violations. `mutants.toml` says what each plants, by which violations it is found, and the seed and the seconds of a
run that found it. One that none has found yet is looked for with the seeds whose schedule has the most of the faults
that it `meets`, `--tries` of them; `--seed` and `--seconds` look elsewhere; `--apply` only applies and compiles. With
`--control` the run that found it is done once more on the tree as it is, which has to please the checker: then it was
the bug that was found.
"""

import argparse
import compileall
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any

from tests.chaos.schedule import Fault, plan

ROOT = Path(__file__).parents[2]
PATCHES = Path(__file__).with_suffix("")
LISTED = PATCHES / "mutants.toml"
LINKED = (".venv", "services/pages/static/vendor")
"""Not in the tree, and needed to run it."""
SECONDS = 60.0
LOOKED_AT = 1000
"""Seeds among which those are chosen that suit a mutant."""
RUN_WITHIN = 1800.0
DURING = " during "


class DoesNotApply(Exception):
    """The tree has changed where the bug was planted: plant it anew."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """`finds`: invariants by which it is found. `meets`: faults that bring it out, each `kind`, `kind@target` or either
    with `:word` for a word of what the fault knows beside; or `one during another`, which ends while the other lasts.
    `brokers` of the Kafka it needs. `seconds` of a run,
    60 where it is not said. `seed` of a run that found it; None when none has yet."""

    name: str
    plants: str
    finds: tuple[str, ...]
    meets: tuple[str, ...] = ()
    brokers: int = 1
    seed: int | None = None
    seconds: float | None = None

    @property
    def patch(self) -> Path:
        return PATCHES / f"{self.name}.patch"


@dataclass(frozen=True, slots=True)
class Tried:
    """A run of a mutant. `violations` by invariant; None when the run itself went wrong, which finds nothing."""

    mutant: Mutant
    seed: int
    seconds: float
    violations: Counter[str] | None
    said: str = ""

    @property
    def found(self) -> bool:
        return bool(self.violations)

    @property
    def as_meant(self) -> bool:
        """By an invariant that this bug was meant to break."""
        return self.violations is not None and not self.violations.keys().isdisjoint(self.mutant.finds)


def mutants() -> list[Mutant]:
    """All that are listed."""
    listed = tomllib.loads(LISTED.read_text())
    return [
        Mutant(name, **{**said, "finds": tuple(said["finds"]), "meets": tuple(said.get("meets", ()))})
        for name, said in listed.items()
    ]


def seeds(mutant: Mutant, seconds: float) -> Iterator[int]:
    """The seed that found it, or those of the first thousand whose schedule suits it best, the best first."""
    if mutant.seed is not None:
        yield mutant.seed
        return
    suits = {seed: _suits(mutant, seed, seconds) for seed in range(1, LOOKED_AT + 1)}
    yield from sorted(suits, key=lambda seed: (-suits[seed], seed))


def _suits(mutant: Mutant, seed: int, seconds: float) -> int:
    faults = plan(seed, seconds, mutant.brokers)
    return sum(meets(wanted, faults) for wanted in mutant.meets)


def meets(wanted: str, faults: Sequence[Fault]) -> bool:
    """Whether these have what a mutant `meets`."""
    one, _, around = wanted.partition(DURING)
    ends = [fault.ends for fault in faults if fits(one, fault)]
    if not around:
        return bool(ends)
    return any(fits(around, fault) and any(fault.at < end < fault.ends for end in ends) for fault in faults)


def fits(wanted: str, fault: Fault) -> bool:
    """Whether this is a fault of the kind, target and word that `meets` names."""
    named, _, word = wanted.partition(":")
    kind, _, target = named.partition("@")
    said = [part for more in fault.more.values() for part in (more if isinstance(more, list) else [more])]
    return fault.kind == kind and target in ("", fault.target) and (not word or word in said)


@contextmanager
def planted(mutant: Mutant) -> Iterator[Path]:
    """A copy of the tree with the bug in it. Raises DoesNotApply."""
    folder = Path(tempfile.mkdtemp(prefix=f"sanji-mutant-{mutant.name}-"))
    folder.chmod(0o711)
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
        for name in filter(None, listed.decode().split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)
        for name in LINKED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to((ROOT / name).resolve())
        applied = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", mutant.patch], cwd=folder, capture_output=True, text=True
        )
        if applied.returncode:
            raise DoesNotApply(f"{mutant.name}: {applied.stderr.strip()}")
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def compiles(mutant: Mutant, tree: Path) -> bool:
    """Whether what it changed in that copy still are programs."""
    changed = (line.removeprefix("+++ b/") for line in mutant.patch.read_text().splitlines() if line.startswith("+++ "))
    return all(compileall.compile_file(tree / name, quiet=2) for name in changed if name.endswith(".py"))


def run(mutant: Mutant, tree: Path, seed: int, seconds: float) -> Tried:
    """One chaos run of that copy."""
    with tempfile.TemporaryDirectory(prefix="sanji-mutant-out-") as out:
        command = ["-m", "tests.chaos", "--seed", str(seed), "--seconds", f"{seconds:g}", "--json", "--out", out]
        command += ["--brokers", str(mutant.brokers)]
        try:
            ended = subprocess.run(
                [sys.executable, *command],
                cwd=tree,
                env={**os.environ, "PYTHONPATH": str(tree)},
                capture_output=True,
                text=True,
                timeout=RUN_WITHIN,
            )
        except subprocess.TimeoutExpired:
            return Tried(mutant, seed, seconds, None, f"did not end within {RUN_WITHIN:.0f} s")
    lines = ended.stdout.strip().splitlines()
    if ended.returncode not in (0, 1) or not lines:
        return Tried(mutant, seed, seconds, None, ended.stderr[-1500:])
    found: dict[str, Any] = json.loads(lines[-1])
    violations = found["violations"]
    first = f"{violations[0]['invariant']}: {violations[0]['detail']}" if violations else ""
    return Tried(mutant, seed, seconds, Counter(one["invariant"] for one in violations), first)


def main(arguments: list[str]) -> int:
    asked = _arguments(arguments)
    chosen = [mutant for mutant in mutants() if not asked.names or mutant.name in asked.names]
    if unknown := set(asked.names) - {mutant.name for mutant in chosen}:
        print(f"No such mutant: {', '.join(sorted(unknown))}", file=sys.stderr)
        return 2
    missed = 0
    for mutant in chosen:
        with planted(mutant) as tree:
            if asked.apply:
                print(
                    f"{mutant.name:42} applies{'' if compiles(mutant, tree) else ', and does not compile'}", flush=True
                )
                continue
            missed += not _look_for(mutant, tree, asked)
    return 1 if missed else 0


def _look_for(mutant: Mutant, tree: Path, asked: argparse.Namespace) -> bool:
    seconds = asked.seconds or mutant.seconds or SECONDS
    chosen = seeds(mutant, seconds) if asked.seed is None else count(asked.seed)
    for seed in islice(chosen, asked.tries):
        tried = run(mutant, tree, seed, seconds)
        _print(tried)
        if tried.found:
            return not asked.control or _pleases(run(mutant, ROOT, seed, seconds))
    return False


def _pleases(control: Tried) -> bool:
    """Whether the run without the bug found nothing."""
    fine = control.violations is not None and not control.violations
    print(f"    without it: {'nothing found' if fine else control.said}", flush=True)
    return fine


def _print(tried: Tried) -> None:
    how = "found" if tried.as_meant else "found otherwise" if tried.found else "not found"
    if tried.violations is None:
        how = "went wrong"
    print(f"{tried.mutant.name:42} seed {tried.seed:4} {tried.seconds:6.0f} s  {how}", flush=True)
    if tried.said:
        print(f"    {tried.said}", flush=True)
    said = {"mutant": tried.mutant.name, "seed": tried.seed, "seconds": tried.seconds, "found": tried.found}
    print(json.dumps(said | {"violations": tried.violations}), flush=True)


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.mutants", description="Are planted bugs found?")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seed", type=int, metavar="N")
    parser.add_argument("--seconds", type=float, metavar="S")
    parser.add_argument("--tries", type=int, default=1, metavar="K", help="seeds, until one finds it")
    parser.add_argument("--control", action="store_true", help="the same run without the bug, too")
    parser.add_argument("--apply", action="store_true", help="apply and compile, run nothing")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
