"""Signed tokens: who is asking."""

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OKPKey

from services.runtime import base64url
from services.runtime.issuer import Issuer, issue, load_issuer, make_issuer, read_issuer_keys
from services.runtime.keys import KeysDamaged
from services.runtime.secret_files import SecretExists, SecretMissing
from services.runtime.tokens import ROLES, SENTENCES, Actor, Refusal, TokenRefused, Verifier, bearer

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
CLERK = Actor("A017", "340405101", "civil-affairs", frozenset({"clerk", "approver"}))
HOUR = timedelta(hours=1)


class Clock:
    def __init__(self) -> None:
        self.at = NOW.timestamp()

    def __call__(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("issuer")
    make_issuer(folder)
    return folder


@pytest.fixture(scope="module")
def issuer(folder: Path) -> Issuer:
    return load_issuer(folder)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def verifier(folder: Path, clock: Clock) -> Verifier:
    return Verifier(read_issuer_keys(folder / "jwks.json"), leeway=30, clock=clock)


def refusal(verifier: Verifier, token: str) -> str:
    with pytest.raises(TokenRefused) as refused:
        verifier.verify(token)
    return refused.value.refusal.value


def signed(issuer: Issuer, header: dict[str, Any] | None = None, **changed: object) -> str:
    claims: dict[str, object] = {
        "iss": "sanji", "aud": "sanji", "sub": "A017", "unit": "340405101", "roles": ["clerk"],
        "exp": int(NOW.timestamp()) + 3600,
    }  # fmt: skip
    claims = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    return jwt.encode(header or {"alg": "Ed25519", "kid": issuer.kid}, claims, issuer.key, algorithms=["Ed25519"])


def test_a_token_says_who_acts_for_which_unit(issuer: Issuer, verifier: Verifier) -> None:
    assert verifier.verify(issue(issuer, CLERK, at=NOW, lifetime=HOUR)) == CLERK
    agent = Actor("A018", "340405102", None, frozenset({"agent"}))
    assert verifier.verify(issue(issuer, agent, at=NOW, lifetime=HOUR)) == agent


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_can_be_carried(issuer: Issuer, verifier: Verifier, role: str) -> None:
    actor = replace(CLERK, roles=frozenset({role}))
    assert verifier.verify(issue(issuer, actor, at=NOW, lifetime=HOUR)).roles == {role}


def test_a_role_that_does_not_exist_is_neither_issued_nor_taken(issuer: Issuer, verifier: Verifier) -> None:
    with pytest.raises(ValueError, match="mayor"):
        issue(issuer, replace(CLERK, roles=frozenset({"clerk", "mayor"})), at=NOW, lifetime=HOUR)
    assert refusal(verifier, signed(issuer, roles=["clerk", "mayor"])) == "token_malformed"


def test_a_token_of_a_foreign_issuer_is_forged(tmp_path: Path, issuer: Issuer, verifier: Verifier) -> None:
    foreign = make_issuer(tmp_path)
    assert refusal(verifier, issue(foreign, CLERK, at=NOW, lifetime=HOUR)) == "token_forged"
    pretender = Issuer(issuer.kid, foreign.key)
    assert refusal(verifier, issue(pretender, CLERK, at=NOW, lifetime=HOUR)) == "token_forged"


def test_a_token_with_changed_claims_is_forged(issuer: Issuer, verifier: Verifier) -> None:
    header, payload, signature = issue(issuer, CLERK, at=NOW, lifetime=HOUR).split(".")
    claims = {**json.loads(base64url.decode(payload)), "unit": "340400"}
    other = base64url.encode(json.dumps(claims).encode())
    assert refusal(verifier, f"{header}.{other}.{signature}") == "token_forged"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "EdDSA", "RS256"])
def test_no_other_algorithm_is_believed(issuer: Issuer, verifier: Verifier, algorithm: str) -> None:
    _, payload, signature = issue(issuer, CLERK, at=NOW, lifetime=HOUR).split(".")
    header = base64url.encode(json.dumps({"alg": algorithm, "kid": issuer.kid}).encode())
    assert refusal(verifier, f"{header}.{payload}.{signature}") == "token_forged"


def test_the_public_key_is_no_shared_secret(issuer: Issuer, verifier: Verifier) -> None:
    _, payload, _ = issue(issuer, CLERK, at=NOW, lifetime=HOUR).split(".")
    header = base64url.encode(json.dumps({"alg": "HS256", "kid": issuer.kid}).encode())
    signature = hmac.digest(issuer.key.as_pem(private=False), f"{header}.{payload}".encode(), "sha256")
    assert refusal(verifier, f"{header}.{payload}.{base64url.encode(signature)}") == "token_forged"


@pytest.mark.parametrize("header", [{"alg": "Ed25519"}, {"alg": "Ed25519", "kid": "unknown"}])
def test_a_token_that_names_no_known_key_is_forged(issuer: Issuer, verifier: Verifier, header: dict[str, Any]) -> None:
    assert refusal(verifier, signed(issuer, header)) == "token_forged"


def test_a_token_ends_with_its_leeway_remembered_or_not(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    token, unseen = (issue(issuer, replace(CLERK, subject=s), at=NOW, lifetime=HOUR) for s in ("A1", "A2"))
    clock.at += 3600 + 29
    assert verifier.verify(token).subject == "A1"
    clock.at += 1
    assert refusal(verifier, token) == "token_expired"
    assert refusal(verifier, token) == "token_expired"
    assert refusal(verifier, unseen) == "token_expired"


def test_a_token_is_not_valid_before_its_time(issuer: Issuer, verifier: Verifier, clock: Clock) -> None:
    token = issue(issuer, CLERK, at=NOW + HOUR, lifetime=HOUR)
    assert refusal(verifier, token) == "token_expired"
    clock.at += 3600
    assert verifier.verify(token) == CLERK


def test_a_token_for_another_audience_is_refused(issuer: Issuer, verifier: Verifier) -> None:
    token = issue(issuer, CLERK, at=NOW, lifetime=HOUR, audience="payroll")
    assert refusal(verifier, token) == "token_audience"
    assert refusal(verifier, signed(issuer, aud=["payroll", "mail"])) == "token_audience"
    assert verifier.verify(signed(issuer, aud=["payroll", "sanji"])).subject == "A017"


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        *((name, None) for name in ("iss", "aud", "sub", "unit", "roles", "exp")),
        ("roles", "clerk"), ("roles", [1]), ("roles", {"clerk": 1}), ("sub", ""), ("sub", 7), ("sub", "A 1"),
        ("unit", "../x"), ("unit", 340405101), ("exp", "soon"), ("exp", True), ("exp", 1e12), ("dept", ""),
        ("nbf", "x"), ("aud", 1), ("aud", {}),
    ],
)  # fmt: skip
def test_a_signed_token_with_claims_missing_or_of_a_wrong_kind_is_malformed(
    issuer: Issuer, verifier: Verifier, claim: str, value: object
) -> None:
    assert refusal(verifier, signed(issuer, None, **{claim: value})) == "token_malformed"


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b", "a.b.c.d", "a" * 5000, "é.é.é", "\ud800.a.b", "a.b.c\n", "a b.c.d"]
)
def test_what_is_no_token_is_malformed(verifier: Verifier, token: str) -> None:
    assert refusal(verifier, token) == "token_malformed"


HEADERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("Ed25519"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "x"]), inner)
    ),
    max_leaves=8,
)


@given(HEADERS, st.binary(max_size=40))
def test_whatever_a_header_says_a_token_is_refused_and_nothing_breaks(header: object, signature: bytes) -> None:
    key = OKPKey.generate_key("Ed25519", {"kid": "k"})
    verifier = Verifier({"k": key})
    encoded = base64url.encode(json.dumps(header).encode())
    token = f"{encoded}.{base64url.encode(b'{}')}.{base64url.encode(signature) or 'AA'}"
    assert refusal(verifier, token) in {"token_forged", "token_malformed"}


def test_a_header_nested_without_end_is_malformed(verifier: Verifier) -> None:
    assert refusal(verifier, f"{base64url.encode(b'[' * 3000)}.e30.AA") == "token_malformed"


def test_no_more_tokens_are_remembered_than_allowed(folder: Path, issuer: Issuer, clock: Clock) -> None:
    verifier = Verifier(read_issuer_keys(folder / "jwks.json"), capacity=3, clock=clock)
    tokens = [issue(issuer, replace(CLERK, subject=f"A{n}"), at=NOW, lifetime=HOUR) for n in range(10)]
    for _ in range(2):
        assert [verifier.verify(token).subject for token in tokens] == [f"A{n}" for n in range(10)]
    assert len(verifier) == 3


@pytest.mark.parametrize(
    ("header", "code"), [(None, "token_missing"), ("", "token_missing"), ("Basic abc", "token_malformed"),
                         ("Bearer", "token_malformed"), ("Bearer ", "token_malformed")],
)  # fmt: skip
def test_a_request_without_a_bearer_token_is_told_so(header: str | None, code: str) -> None:
    with pytest.raises(TokenRefused) as refused:
        bearer(header)
    assert refused.value.refusal.value == code


def test_a_bearer_token_is_read_from_its_header() -> None:
    assert bearer("Bearer a.b.c") == bearer("bearer  a.b.c ") == "a.b.c"


def test_each_refusal_has_a_sentence_in_both_languages() -> None:
    assert set(SENTENCES) == set(Refusal)
    assert TokenRefused(Refusal.EXPIRED).detail_zh.endswith("请重新登录。")


def test_an_issuer_is_made_once_and_its_public_file_comes_back(tmp_path: Path) -> None:
    made = make_issuer(tmp_path)
    with pytest.raises(SecretExists):
        make_issuer(tmp_path)
    (tmp_path / "jwks.json").unlink()
    assert load_issuer(tmp_path).kid == made.kid
    assert list(read_issuer_keys(tmp_path / "jwks.json")) == [made.kid]
    assert '"d"' not in (tmp_path / "jwks.json").read_text()


def test_two_issuers_are_believed_while_one_key_follows_the_other(tmp_path: Path, clock: Clock) -> None:
    old, new = make_issuer(tmp_path / "old"), make_issuer(tmp_path / "new")
    both = [key for name in ("old", "new") for key in json.loads((tmp_path / name / "jwks.json").read_text())["keys"]]
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": both}))
    verifier = Verifier(read_issuer_keys(tmp_path / "jwks.json"), clock=clock)
    for issuer in (old, new):
        assert verifier.verify(issue(issuer, CLERK, at=NOW, lifetime=HOUR)) == CLERK


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", '{"keys": []}',
        '{"keys": [{"kty": "oct", "k": "AA", "kid": "a"}]}',
        '{"keys": [{"kty": "OKP", "crv": "X25519", "kid": "a", "x": "%s"}]}' % ("A" * 43),
        '{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AAAA"}]}',
        '{"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "%s"}]}' % ("A" * 43),
    ],
)  # fmt: skip
def test_a_jwks_file_without_usable_keys_is_said_to_be_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / "jwks.json").write_text(content)
    with pytest.raises(KeysDamaged):
        read_issuer_keys(tmp_path / "jwks.json")
    with pytest.raises(SecretMissing):
        read_issuer_keys(tmp_path / "other.json")
