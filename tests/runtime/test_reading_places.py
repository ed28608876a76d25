"""Which records come next, when they come twice, too early, or not at all."""

from dataclasses import dataclass

from aiokafka import TopicPartition

from services.runtime.reading_places import Places

HERE = TopicPartition("township.events", 0)


@dataclass
class At:
    offset: int
    topic: str = "township.events"
    partition: int = 0


class Seeks(list[tuple[TopicPartition, int]]):
    def __call__(self, at: TopicPartition, offset: int) -> None:
        self.append((at, offset))


def offsets(places: Places, *found: int, seek: Seeks | None = None) -> list[int]:
    ready = places.in_sequence([At(n) for n in found], seek if seek is not None else Seeks())  # type: ignore[misc]
    return [record.offset for record in ready.records]


def test_nothing_is_taken_before_the_database_was_asked_where_to_begin() -> None:
    places = Places()
    assert offsets(places, 0, 1) == []
    places.begin({HERE: 0})
    assert offsets(places, 0, 1) == [0, 1]


def test_a_batch_fetched_from_the_groups_offset_is_read_again_from_the_databases() -> None:
    places, seek = Places(), Seeks()
    places.begin({HERE: 3})
    assert offsets(places, 7, 8, seek=seek) == []
    assert seek == [(HERE, 3)]
    assert offsets(places, 3, 4, 5) == [3, 4, 5]


def test_records_that_are_gone_are_passed_only_after_they_were_looked_for() -> None:
    places, seek = Places(), Seeks()
    places.begin({HERE: 0})
    assert offsets(places, 100, 101, seek=seek) == []
    assert offsets(places, 100, 101, seek=seek) == [100, 101]
    assert seek == [(HERE, 0)]
    assert offsets(places, 102) == [102]


def test_what_was_read_before_a_new_beginning_does_not_count_as_taken() -> None:
    places = Places()
    places.begin({HERE: 0})
    old = places.in_sequence([At(0), At(1)], Seeks())  # type: ignore[list-item]
    assert old.due == {("township.events", 0): 0}
    places.begin({HERE: 0})
    places.took(old)
    assert places.taken == {HERE: 0}
    new = places.in_sequence([At(0), At(1)], Seeks())  # type: ignore[list-item]
    places.took(new)
    assert places.taken == {HERE: 2}
    assert old.age != new.age
