"""The planted bugs still fit the tree that they are planted in, and are looked for where they come out."""

from itertools import islice

import pytest

from tests.chaos.mutants import DURING, PATCHES, SECONDS, Mutant, compiles, fits, meets, mutants, planted, seeds
from tests.chaos.schedule import KINDS, Fault, plan


@pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)
def test_each_planted_bug_applies_and_compiles(mutant: Mutant) -> None:
    with planted(mutant) as tree:
        assert compiles(mutant, tree)


def test_every_patch_is_listed_and_every_listed_one_is_there() -> None:
    assert {mutant.name for mutant in mutants()} == {patch.stem for patch in PATCHES.glob("*.patch")}
    assert len(mutants()) >= 20


def test_a_bug_is_looked_for_by_faults_that_there_are() -> None:
    for mutant in mutants():
        seconds = mutant.seconds or SECONDS
        for wanted in mutant.meets:
            for one in wanted.split(DURING):
                kind, _, target = one.partition(":")[0].partition("@")
                assert target in ("", *KINDS[kind].targets), wanted
            assert any(meets(wanted, plan(seed, seconds, mutant.brokers)) for seed in range(500)), wanted


def test_a_fault_fits_by_its_kind_its_target_and_a_word_of_it() -> None:
    cut = Fault(3.0, "cut", "city", 5.0, {"to": "kafka", "ways": ["requests", "answers"], "how": "drop"})
    for fitting in ("cut", "cut@city", "cut:kafka", "cut@city:answers"):
        assert fits(fitting, cut)
    for other in ("flap", "cut@portal", "cut:clients", "cut@portal:kafka", "cut_one_way:answers"):
        assert not fits(other, cut)


def test_one_fault_is_met_during_another_when_it_ends_while_the_other_lasts() -> None:
    cut = Fault(3.0, "cut", "city", 5.0, {"to": "kafka"})
    for ends, met in ((2.0, False), (4.0, True), (9.0, False)):
        assert (
            meets("restore_backup@city during cut@city:kafka", [Fault(1.0, "restore_backup", "city", ends - 1), cut])
            is met
        )
    assert not meets("restore_backup@city during cut@portal", [Fault(1.0, "restore_backup", "city", 3.0), cut])


def test_seeds_come_by_how_well_they_suit_and_a_known_one_alone() -> None:
    (best,) = islice(seeds(Mutant("one", "", (), ("wipe_kafka", "restore_backup:before_marker_anew")), 60.0), 1)
    assert {"wipe_kafka", "restore_backup"} <= {fault.kind for fault in plan(best, 60.0)}
    assert list(seeds(Mutant("two", "", (), ("wipe_kafka",), seed=7), 60.0)) == [7]
