"""The planted bugs still fit the tree that they are planted in."""

import pytest

from tests.chaos.mutants import PATCHES, Mutant, compiles, mutants, planted


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_each_planted_bug_applies_and_compiles(mutant: Mutant) -> None:
    with planted(mutant) as tree:
        assert compiles(mutant, tree)


def test_every_patch_is_listed_and_every_listed_one_is_there() -> None:
    assert {mutant.name for mutant in mutants()} == {patch.stem for patch in PATCHES.glob("*.patch")}
    assert len(mutants()) >= 20
