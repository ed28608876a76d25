"""A sound world pleases the checker, which is given its evidence in a file and shares no code with the product."""

import ast
import json
import sys
from dataclasses import replace
from pathlib import Path

from tests.chaos import checker
from tests.chaos.checked.sound import Sound
from tests.chaos.checker import Restored, report
from tests.chaos.checker.evidence import read


async def test_a_sound_world_pleases_it_and_is_counted(sound: Sound) -> None:
    found = await report(sound.evidence)
    assert found.violations == []
    assert found.acts is not None
    assert (found.acts.acknowledged, found.acts.failed, found.acts.unknown) == (18, 1, 1)
    assert (found.acts.nothing_to_do, found.acts.lost_by_restore) == (1, 0)
    assert (found.cases, found.open, found.closed) == (4, 3, 1)
    assert (found.superseded, found.assumed, found.passes, found.dates_shown) == (1, 1, 2, 3)


def test_evidence_is_read_from_a_file(sound: Sound, tmp_path: Path) -> None:
    said = {
        **{name: getattr(sound.evidence, name) for name in ("databases", "kafka", "prefix", "units")},
        "history": str(sound.evidence.history), "clusters_replaced": True, "lost": [], "injected": ["ab" * 32],
        "restored": ["portal", {"service": "city", "since": 1.0, "upto": 2.0}],
    }  # fmt: skip
    (tmp_path / "evidence.json").write_text(json.dumps(said))
    given = read(tmp_path / "evidence.json")
    assert given == replace(
        sound.evidence, restored=(Restored("portal"), Restored("city", 1.0, 2.0)), clusters_replaced=True,
        lost=frozenset(), injected=frozenset({bytes.fromhex("ab" * 32)}),
    )  # fmt: skip


def test_it_shares_no_code_with_what_it_checks() -> None:
    allowed = {*sys.stdlib_module_names, "asyncpg", "aiokafka"}
    for path in Path(checker.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
            for name in names:
                assert name.partition(".")[0] in allowed or name.startswith("tests.chaos.checker"), (path.name, name)
