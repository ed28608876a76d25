"""Which faults come when: pure."""

import json
from dataclasses import asdict
from itertools import combinations

import pytest

from tests.chaos.crash_points import EVERY, found
from tests.chaos.faults import FAULTS
from tests.chaos.schedule import BROKERS, KINDS, Fault, after, apart, conflict, plan

SEEDS = range(60)


def at(kind: str, target: str, begins: float = 10, lasts: float = 10, **more: object) -> Fault:
    return Fault(begins, kind, target, lasts, more)


def test_a_seed_gives_one_schedule_and_another_seed_another() -> None:
    for seed in SEEDS:
        assert plan(seed, 200) == plan(seed, 200)
        assert plan(seed, 200) != plan(seed + 1, 200)
        assert plan(seed, 200) != plan(seed, 201)
        assert plan(seed, 200) != plan(seed, 200, brokers=3)


def test_a_schedule_stays_the_same_from_one_process_to_the_next() -> None:
    first = plan(1, 40)[0]
    assert json.loads(json.dumps(asdict(first))) == asdict(first), "as it is kept beside the history"
    assert (first.kind, first.target, first.at) == FIRST_OF_SEED_ONE


FIRST_OF_SEED_ONE = ("upgrade", "services", 9.23)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thousand_seconds_have_a_hundred_faults_of_every_kind_that_overlap(seed: int) -> None:
    faults = plan(seed, 1000)
    assert len(faults) >= 100
    assert {fault.kind for fault in faults} == set(KINDS)
    overlapping = [1 for one, other in combinations(faults, 2) if one.at < other.ends and other.at < one.ends]
    assert len(overlapping) >= 100
    assert sum(fault.lasts for fault in faults) / 1000 >= 1.5, "at most instants more than one is going on"


@pytest.mark.parametrize("seed", SEEDS)
def test_two_hundred_seconds_have_each_kind_once(seed: int) -> None:
    faults = plan(seed, 200)
    assert {fault.kind for fault in faults} == set(KINDS)
    assert len(faults) == len(KINDS)


@pytest.mark.parametrize("seconds", [20, 40, 200, 1000])
def test_all_faults_begin_after_the_load_and_are_over_with_it(seconds: float) -> None:
    for seed in SEEDS:
        faults = plan(seed, seconds)
        assert faults == sorted(faults, key=lambda fault: fault.at)
        assert all(fault.at >= 2 and fault.ends <= seconds for fault in faults)


def test_faults_last_longer_in_longer_runs() -> None:
    def longest(kind: str, seconds: float) -> float:
        return max(fault.lasts for seed in SEEDS for fault in plan(seed, seconds) if fault.kind == kind)

    assert longest("pause_service", 200) <= 24
    assert longest("pause_service", 1000) > 100


def test_what_would_destroy_by_design_is_kept_apart() -> None:
    restored = at("restore_backup", "township")
    assert apart(restored, at("wipe_kafka", "kafka")), "nobody could witness what was said"
    assert apart(restored, at("restore_backup", "city")), "one service at a time"
    assert apart(restored, at("set_clock", "township")), "its case serials jump by the clock"
    assert apart(restored, at("wipe_kafka", "kafka", begins=20 + after(restored) - 1)), "until it has read back"
    assert not apart(restored, at("wipe_kafka", "kafka", begins=20 + after(restored) + 1))
    assert not apart(restored, at("cut", "township"))
    assert not apart(restored, at("kill_service", "city"))


def test_two_faults_of_one_process_or_server_are_kept_apart_and_all_else_overlaps() -> None:
    assert apart(at("pause_service", "city"), at("kill_at_point", "city"))
    assert apart(at("set_clock", "city", restart=True), at("pause_service", "city"))
    assert not apart(at("set_clock", "city", restart=False), at("pause_service", "city"))
    assert apart(at("upgrade", "services"), at("kill_service", "portal"))
    assert apart(at("stop_database", "postgres"), at("hold_lock", "city"))
    assert not apart(at("hold_lock", "portal"), at("hold_lock", "city"))
    assert apart(at("kill_kafka", "kafka"), at("repeat_records", "kafka")), "nobody could send them"
    assert not apart(at("kill_kafka", "kafka"), at("stop_database", "postgres"))
    assert not apart(at("pause_service", "city"), at("kill_service", "township"))
    for seed in SEEDS:
        for one, other in combinations(plan(seed, 1000, brokers=3), 2):
            assert not (conflict(one, other) and one.at < other.ends and other.at < one.ends), (one, other)


def test_every_kind_can_be_done_and_every_point_is_a_place_in_the_product() -> None:
    assert set(FAULTS) == {*KINDS, *BROKERS}
    for point in EVERY.values():
        assert callable(found(point.place)[2])
