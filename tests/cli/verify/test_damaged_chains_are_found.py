import pytest
from hypothesis import given as over
from hypothesis import strategies as st

from contracts.case import CaseAccepted, CaseReceived, CaseReferred, HandoverArrived, StepCompleted
from contracts.fields import Ciphertext
from services.cli.verify.chain import check
from services.cli.verify.run import verify
from tests.cli.verify.chains import (
    CASE,
    CITY,
    DISTRICT,
    START,
    TOWNSHIP,
    Copy,
    Writer,
    anchored,
    assumed,
    given,
    opened,
    received,
    travelled,
)

WHOLE = travelled().lines
STEP = StepCompleted(step="review", outcome="done")


def codes(chain: Writer) -> list[str]:
    return [finding.code for finding in check(chain.stream, chain.lines).findings]


async def found(lines: list[bytes]) -> list[str]:
    """What verify finds in these lines when the service's heads promise the whole chain."""
    report = await verify([Copy("here", given(CASE, lines, head=WHOLE))])
    return [finding.code for finding in report.bad]


@pytest.mark.parametrize("chain", [travelled(), assumed(), opened(), anchored([travelled()])])
def test_a_chain_as_the_offices_write_it_is_sound(chain: Writer) -> None:
    assert codes(chain) == []


@over(st.integers(0, len(WHOLE) - 1), st.integers(0, 10_000), st.integers(0, 7))
async def test_one_flipped_bit_anywhere_is_found(place: int, byte: int, bit: int) -> None:
    record = bytearray(WHOLE[place])
    record[byte % len(record)] ^= 1 << bit
    assert await found([*WHOLE[:place], bytes(record), *WHOLE[place + 1 :]])


@pytest.mark.parametrize("place", range(len(WHOLE)))
async def test_a_dropped_record_is_found(place: int) -> None:
    assert await found([*WHOLE[:place], *WHOLE[place + 1 :]])


@pytest.mark.parametrize("place", range(1, len(WHOLE)))
async def test_a_cut_tail_is_found(place: int) -> None:
    assert await found(WHOLE[:place]) == ["head_differs"]


@pytest.mark.parametrize("place", range(len(WHOLE) - 1))
async def test_two_records_in_the_wrong_order_are_found(place: int) -> None:
    swapped = [*WHOLE[:place], WHOLE[place + 1], WHOLE[place], *WHOLE[place + 2 :]]
    assert "broken_link" in await found(swapped)


async def test_a_record_put_in_twice_is_found() -> None:
    assert "broken_link" in await found([*WHOLE[:3], *WHOLE[2:]])


async def test_a_record_of_another_case_is_found() -> None:
    other = travelled(f"{TOWNSHIP}-20261122-0002").lines
    assert "wrong_stream" in await found([*WHOLE[:3], other[3], *WHOLE[4:]])


async def test_no_records_at_all_are_found() -> None:
    assert await found([]) == ["empty"]


@pytest.mark.parametrize(
    ("chain", "code"),
    [
        (received().write(STEP, DISTRICT), "not_the_holder"),
        (received().write(STEP, holder=DISTRICT), "wrong_holder"),
        (received().write(STEP, term=1), "wrong_custody"),
        (received().write(STEP, epoch=1), "wrong_custody"),
        (
            received().write(CaseReferred(to=DISTRICT, referral="forward_up", reason="r"), holder=DISTRICT, term=0),
            "wrong_custody",
        ),
        (
            received().write(CaseReferred(to=CITY, referral="forward_up", reason="r"), holder=DISTRICT),
            "wrong_holder",
        ),
        (received().write(STEP, at=START), "time_went_back"),
        (assumed().write(STEP, epoch=2), "wrong_custody"),
        (Writer().write(CaseAccepted(accepted_on=START.date()), TOWNSHIP), "wrong_kind"),
        (Writer().write(HandoverArrived(handover="0" * 64), TOWNSHIP, term=1), "wrong_custody"),
        (
            received().write(
                CaseReceived(item="i", item_version=1, channel="post", applicant=Ciphertext("v1." + "A" * 60))
            ),
            "wrong_kind",
        ),
    ],
)
def test_a_writer_who_breaks_the_rules_of_custody_is_found_although_every_hash_is_right(
    chain: Writer, code: str
) -> None:
    assert code in codes(chain)


def test_a_case_that_another_unit_began_is_found() -> None:
    sealed = Ciphertext("v1." + "A" * 60)
    fact = CaseReceived(item="small-item", item_version=1, channel="window", applicant=sealed)
    assert codes(Writer(CASE).write(fact, DISTRICT)) == ["not_the_holder"]
