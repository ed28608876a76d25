"""The citizen's query code."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256

import pytest

from services.runtime import base64url
from services.runtime.keys import derive
from services.runtime.sealing import CannotOpen, Secret, new_case_key, unwrap
from services.runtime.tracking import (
    ALPHABET,
    PORTAL,
    Cost,
    TrackingParts,
    WrongCode,
    grouped,
    make_tracking,
    new_query_code,
    open_with_code,
    typed,
)

STREAM = "340405101-20261122-0017"
LIGHT = Cost(memory_kib=64, passes=1, lanes=1)


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as executor:
        yield executor


async def test_who_brings_the_code_opens_the_case(threads: ThreadPoolExecutor) -> None:
    code, key = new_query_code(), new_case_key()
    parts = await make_tracking(threads, code, key, STREAM, LIGHT)
    assert await open_with_code(threads, code, parts, STREAM) == key


async def test_a_wrong_code_and_an_unknown_case_are_answered_alike(threads: ThreadPoolExecutor) -> None:
    parts = await make_tracking(threads, "K7QMT4WXRA", new_case_key(), STREAM, LIGHT)
    with pytest.raises(WrongCode) as wrong:
        await open_with_code(threads, "K7QMT4WXRC", parts, STREAM)
    with pytest.raises(WrongCode) as unknown:
        await open_with_code(threads, "K7QMT4WXRA", None, STREAM, LIGHT)
    assert str(wrong.value) == str(unknown.value) == ""


async def test_the_parts_of_one_case_do_not_open_another(threads: ThreadPoolExecutor) -> None:
    parts = await make_tracking(threads, "K7QMT4WXRA", new_case_key(), STREAM, LIGHT)
    with pytest.raises(WrongCode):
        await open_with_code(threads, "K7QMT4WXRA", parts, "340405101-20261122-0018")


async def test_what_the_portal_stores_opens_nothing_by_itself(threads: ThreadPoolExecutor) -> None:
    parts = await make_tracking(threads, "K7QMT4WXRA", new_case_key(), STREAM, LIGHT)
    stored = (parts.verifier, parts.salt + parts.salt, derive(parts.verifier, "tracking.wrapping.v1"))
    for candidate in (*stored, sha256(parts.verifier).digest()):
        with pytest.raises(CannotOpen):
            unwrap(parts.wrapped_key, candidate, PORTAL, STREAM, Secret.CASE_KEY)


async def test_a_changed_verifier_or_wrapped_key_opens_nothing(threads: ThreadPoolExecutor) -> None:
    parts = await make_tracking(threads, "K7QMT4WXRA", new_case_key(), STREAM, LIGHT)
    for changed in (replace(parts, verifier=bytes(32)), replace(parts, wrapped_key=parts.wrapped_key[:-1] + b"\0\0")):
        with pytest.raises(WrongCode):
            await open_with_code(threads, "K7QMT4WXRA", changed, STREAM)


async def test_the_loop_goes_on_while_a_code_is_derived(threads: ThreadPoolExecutor) -> None:
    loop = asyncio.get_running_loop()
    slow = asyncio.ensure_future(
        make_tracking(threads, new_query_code(), new_case_key(), STREAM, Cost(64 * 1024, 4, 1))
    )
    longest, last = 0.0, loop.time()
    while not slow.done():
        await asyncio.sleep(0)
        longest, last = max(longest, loop.time() - last), loop.time()
    assert len((await slow).salt) == 16
    assert longest < 0.1


async def test_the_same_code_is_stored_differently_for_each_case(threads: ThreadPoolExecutor) -> None:
    key = new_case_key()
    one, two = [await make_tracking(threads, "K7QMT4WXRA", key, STREAM, LIGHT) for _ in range(2)]
    assert one.verifier != two.verifier
    assert one.salt != two.salt


async def test_a_code_printed_by_the_first_release_opens_for_ever(threads: ThreadPoolExecutor) -> None:
    parts = TrackingParts(
        LIGHT,
        base64url.decode("uBH4s3ajvmMgB7Y8GXjLgw"),
        base64url.decode("otGjI9peg5G4mwHFZVYVVZxNvkeSYi_waEozzeOE46s"),
        base64url.decode("dK2QDCTyrjh9deY9s_D6cI35QwfZmZ6XOkCEAcbOXWfedp74ayZrAvFPJsDo6cj4UmwjpZ3jb6MZYTSc"),
    )
    assert await open_with_code(threads, "K7QMT4WXRA", parts, STREAM) == bytes(range(32))


@pytest.mark.parametrize("cost", [(2**22, 2, 1), (19456, 64, 1), (19456, 2, 16), (4, 1, 1), (64, 0, 1), (64, 1, 0)])
def test_a_cost_that_would_stop_the_portal_is_not_accepted(cost: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="portal accepts"):
        Cost(*cost)


def test_codes_are_ten_characters_that_nobody_misreads() -> None:
    codes = {new_query_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {len(code) for code in codes} == {10}
    assert set("".join(codes)) == set(ALPHABET)
    assert not set(ALPHABET) & set("01BILOSUZ")


@pytest.mark.parametrize(
    "text",
    ["K7QMT4WXRA", "K7QMT-4WXRA", " k7qmt 4wxra\n", "Ｋ７ＱＭＴ－４ＷＸＲＡ", "K7QMT—4WXRA", grouped("K7QMT4WXRA")],
)
def test_a_code_may_be_typed_in_any_way_a_person_types_it(text: str) -> None:
    assert typed(text) == "K7QMT4WXRA"


@pytest.mark.parametrize(
    "text", ["", "K7QMT4WXR", "K7QMT4WXRAA", "K7QMT4WXR0", "办件编号查询码是什么呢", "A" * 100_000]
)
def test_what_can_be_no_code_costs_no_derivation(text: str) -> None:
    with pytest.raises(WrongCode):
        typed(text)
