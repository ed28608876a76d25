"""What is logged for an operator to read."""

import logging

from services.runtime.logging import SaidBefore


def line(text: str, *args: object) -> logging.LogRecord:
    return logging.LogRecord("aiokafka.client", logging.ERROR, "", 0, text, args, None)


def test_a_library_that_repeats_itself_is_heard_once() -> None:
    heard = SaidBefore()
    assert [heard.filter(line("Unable connect to %s", node)) for node in range(5)] == [True] + [False] * 4
    assert heard.filter(line("Topic %s is not available", "a"))


def test_after_a_while_it_is_heard_again_with_how_often_it_was_kept_back() -> None:
    heard = SaidBefore(seconds=0.0)
    assert heard.filter(line("Unable connect to %s", 1))
    heard._seconds = 3600.0  # pyright: ignore[reportPrivateUsage]
    assert not any(heard.filter(line("Unable connect to %s", 1)) for _ in range(3))
    heard._seconds = 0.0  # pyright: ignore[reportPrivateUsage]
    again = line("Unable connect to %s", 1)
    assert heard.filter(again)
    assert again.getMessage() == "Unable connect to 1 (and 3 times since it was last told)"
