"""Daily anchors."""

from datetime import date
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from services.runtime import base64url
from services.runtime.anchor import ends, sign_anchor

UNIT, DAY = "340405101", date(2026, 11, 22)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
HEADS = st.dictionaries(st.text("0123456789-/abc", min_size=1, max_size=12), st.binary(min_size=32, max_size=32))


def by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return sha256(b"\x01" + by_the_book(leaves[:k]) + by_the_book(leaves[k:])).digest()


@given(HEADS)
def test_the_root_is_that_of_rfc_9162_over_the_sorted_streams(heads: dict[str, bytes]) -> None:
    assert ends(heads).root == by_the_book([name.encode() + b"\0" + heads[name] for name in sorted(heads)])
    assert ends(dict(reversed(heads.items()))).root == ends(heads).root


@given(HEADS.filter(bool), st.data())
def test_a_cut_tail_a_lost_chain_or_a_renamed_one_changes_the_root(
    heads: dict[str, bytes], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(sorted(heads)))
    cut = {**heads, name: sha256(heads[name]).digest()}
    lost = {stream: head for stream, head in heads.items() if stream != name}
    renamed = {**lost, name + "x": heads[name]}
    assert len({ends(each).root for each in (heads, cut, lost, renamed)}) == 4


def test_the_signed_text_is_what_the_page_says() -> None:
    counted = sign_anchor(KEY, UNIT, DAY, ends({"340405101-20261122-0017": bytes(32)}), events=5)
    assert (counted.chains, counted.events) == (1, 5)
    anchor = sign_anchor(KEY, UNIT, DAY, ends({}), events=0)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert anchor.root == empty
    KEY.public_key().verify(
        base64url.decode(anchor.signature), f"sanji-anchor-v1 340405101 2026-11-22 0 0 {empty}".encode()
    )
